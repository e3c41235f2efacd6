"""Objects, fields, ids, values and errors of Salesforce."""

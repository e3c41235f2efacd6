"""Apply a plan or an undo to Salesforce."""

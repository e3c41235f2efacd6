"""The plan: desired state, matching and the difference to the current state of Salesforce."""

"""State and business rules of one Salesforce org."""

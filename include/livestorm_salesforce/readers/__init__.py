"""Read Livestorm and Salesforce into frames."""

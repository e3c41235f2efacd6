"""The command line: `livestorm-salesforce`."""

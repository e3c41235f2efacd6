"""Local stand-ins for Livestorm and Salesforce: a library for tests, and a program (`python -m include.sandbox`)."""

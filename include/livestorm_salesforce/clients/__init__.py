"""Clients of the two services, Livestorm's REST API and Salesforce's: the only code that calls them.

Clients make no decisions. A client sends a request, follows pages, waits as the service demands, counts its calls and
turns every failure into an error of `errors.py`, without a token or personal data in its message.
"""

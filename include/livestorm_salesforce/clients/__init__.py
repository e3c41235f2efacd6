"""The only code that talks to the world: Livestorm's REST API and Salesforce's.

Nothing is decided here. A client asks, follows pages, waits where the service wants it, counts its calls and turns
every failure into one of `errors.py`, without a token or a person's data in it.
"""

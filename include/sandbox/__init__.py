"""Local stand-ins for Livestorm and Salesforce: a library for tests, and a program (`python -m include.sandbox`)."""

from include.sandbox.sandbox import Sandbox

__all__ = ["Sandbox"]

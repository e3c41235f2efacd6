"""Local stand-ins for Livestorm and Salesforce: a library for tests, and a program (`python -m service_sandbox`)."""

from service_sandbox.sandbox import Sandbox

__all__ = ["Sandbox"]

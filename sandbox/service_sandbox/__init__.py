"""Local emulators of the Livestorm API and of a Salesforce org: a library for tests, and a program."""

from service_sandbox.sandbox import Sandbox

__all__ = ["Sandbox"]

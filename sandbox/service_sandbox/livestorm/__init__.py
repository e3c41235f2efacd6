"""Emulator of one Livestorm workspace and its public API, version 1."""

from service_sandbox.livestorm.app import create_app
from service_sandbox.livestorm.workspace import Workspace

__all__ = ["Workspace", "create_app"]

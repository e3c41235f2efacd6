"""Initial content of a sandbox: `empty`, `demo`, or a seed file."""

from service_sandbox.seeds.loader import Seed, load

__all__ = ["Seed", "load"]

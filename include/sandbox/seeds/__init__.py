"""What a sandbox holds at first: `empty`, `demo`, or a seed file."""

from include.sandbox.seeds.loader import Seed, load

__all__ = ["Seed", "load"]

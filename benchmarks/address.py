"""Addresses of made-up people; by itself, so that a process whose memory is measured need not load the product."""


def address(number: int) -> str:
    """Registrant `number`: always the same."""
    return f"registrant.{number:06d}@company{number % 700}.example"

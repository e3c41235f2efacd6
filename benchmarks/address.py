"""E-mail addresses of synthetic people. A module of its own: measured processes import it without the product."""


def address(number: int) -> str:
    """Return the address of registrant `number`."""
    return f"registrant.{number:06d}@company{number % 700}.example"

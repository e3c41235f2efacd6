"""Whether a delivery is Livestorm's.

Header `x-livestorm-signature: <unix seconds>,<64 hex digits>`: plain SHA-256, not HMAC, over timestamp, secret and raw
body (portal, webhook signatures; the order of the three as a production service has it, which had the header's order
wrong at first). Pure: the clock is `now`.
"""

from __future__ import annotations

import hashlib
import hmac
import re

HEADER = "x-livestorm-signature"
TOLERANCE = 300  # seconds between Livestorm's clock and ours
SHAPE = re.compile(r"([0-9]{1,12}),([0-9a-f]{64})")


def stamp_of(header: str | None, now: float) -> int | None:
    """When a delivery was signed, in epoch seconds; None if the header is malformed, or its time not about `now`."""
    shape = SHAPE.fullmatch(header or "")
    if shape is None or abs(int(shape[1]) - now) > TOLERANCE:
        return None
    return int(shape[1])


def is_genuine(header: str, secret: str, body: bytes) -> bool:
    """Whether the header's digest is that of its own timestamp, the secret and these bytes; in constant time."""
    stamp, _, digest = header.partition(",")
    expected = hashlib.sha256(stamp.encode() + secret.encode() + body).hexdigest()
    return hmac.compare_digest(expected, digest)

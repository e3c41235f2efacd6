"""The signature of a webhook delivery.

Header `x-livestorm-signature: <unix seconds>,<64 hex digits>`: plain SHA-256, not HMAC, of timestamp, secret and raw
body (portal, webhook signatures; the order of the three follows a production service).
"""

from __future__ import annotations

import hashlib
import hmac
import re

HEADER = "x-livestorm-signature"
TOLERANCE = 300  # seconds between Livestorm's clock and ours
FORMAT = re.compile(r"([0-9]{1,12}),([0-9a-f]{64})")


def parse_timestamp(header: str | None, now: float) -> int | None:
    """Time of the signature in epoch seconds; None if the header is malformed or too far from `now`."""
    match = FORMAT.fullmatch(header or "")
    if match is None or abs(int(match[1]) - now) > TOLERANCE:
        return None
    return int(match[1])


def is_valid_signature(header: str, secret: str, body: bytes) -> bool:
    """True if the digest matches timestamp, secret and body. The comparison takes constant time."""
    stamp, _, digest = header.partition(",")
    expected = hashlib.sha256(stamp.encode() + secret.encode() + body).hexdigest()
    return hmac.compare_digest(expected, digest)

"""The signature of a webhook delivery.

Header `x-livestorm-signature: <unix seconds>,<64 hex digits>`, blanks may surround both parts. The digest is plain
SHA-256, not HMAC, of timestamp, secret and body (portal, webhook signatures; the order of the three follows a
production service). That service hashes the JSON as JavaScript's `JSON.stringify` writes it, not the bytes received.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator

HEADER = "x-livestorm-signature"
#: Characters that Ruby on Rails escapes in JSON.
RAILS = {ord(one): f"\\u{ord(one):04x}" for one in "<>&\u2028\u2029"}
TOLERANCE = 300  # seconds between Livestorm's clock and ours
FORMAT = re.compile(r"\s*([0-9]{1,12})\s*,\s*([0-9A-Fa-f]{64})\s*", re.ASCII)


def parse_timestamp(header: str | None, now: float) -> int | None:
    """Time of the signature in epoch seconds; None if the header is malformed or too far from `now`."""
    match = FORMAT.fullmatch(header or "")
    if match is None or abs(int(match[1]) - now) > TOLERANCE:
        return None
    return int(match[1])


def is_valid_signature(header: str, secret: str, body: bytes) -> bool:
    """True if the digest matches timestamp, secret and body, as received or as compact JSON.

    All forms of the body are compared, each in constant time.
    """
    match = FORMAT.fullmatch(header)
    if match is None:
        return False
    prefix = match[1].encode() + secret.encode()
    digests = [hashlib.sha256(prefix + form).hexdigest() for form in (body, *_compact_forms(body))]
    return sum(hmac.compare_digest(digest, match[2].lower()) for digest in digests) > 0


def _compact_forms(body: bytes) -> Iterator[bytes]:
    """The JSON without spaces: as JavaScript writes it, with the escapes of Rails, and with escapes for all characters
    beyond ASCII; nothing if it is not JSON."""
    try:
        document = json.loads(body, parse_float=_javascript_number)
        for ascii_only in (False, True):
            text = json.dumps(document, ensure_ascii=ascii_only, separators=(",", ":"))
            yield text.encode("utf-8", "backslashreplace")  # a lone surrogate stays escaped, as in JavaScript
            yield text.translate(RAILS).encode("utf-8", "backslashreplace")
    except (ValueError, RecursionError):
        return


def _javascript_number(text: str) -> float | int:
    """JavaScript writes 87.0 as 87."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 1e21 else number

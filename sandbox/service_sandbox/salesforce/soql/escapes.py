"""Escape sequences in quoted literals of SOQL."""

import re

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


def unescape(body: str, *, like: bool = False) -> str:
    r"""Returns the text of a quoted literal; for LIKE, `\_` and `\%` remain escaped.

    Raises:
        ValueError: an escape sequence is unknown.
    """
    out, at = [], 0
    while at < len(body):
        char = body[at]
        if char != "\\":
            out.append(char)
            at += 1
            continue
        mark = body[at + 1]
        if like and mark in "_%":
            out.append("\\" + mark)
        elif like and mark == "\\":
            out.append("\\\\")
        elif mark in "uU" and re.fullmatch(r"[0-9A-Fa-f]{4}", body[at + 2 : at + 6]):
            out.append(chr(int(body[at + 2 : at + 6], 16)))
            at += 4
        elif mark.lower() in ESCAPES:
            out.append(ESCAPES[mark.lower()])
        else:
            raise ValueError(mark)
        at += 2
    return "".join(out)

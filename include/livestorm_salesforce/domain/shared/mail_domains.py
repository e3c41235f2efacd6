"""Domains of e-mail addresses with letters beyond ASCII: `société.fr` and `xn--socit-esab.fr` are one domain.

A browser converts the domain of an address as a form is sent, and Salesforce stores what it is given, so both spellings
occur on both sides. They are equivalent by definition (RFC 5890, section 2.3.2.4; mapping: UTS 46, as in browsers).
"""

from __future__ import annotations

from collections.abc import Iterable

import idna
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

PREFIX = "xn--"


def ascii_domain(domain: str) -> str:
    """The ASCII spelling of a domain; a label that has none stays as it is, such as `*` in a pattern."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except UnicodeError:
        return ".".join(map(_ascii_label, domain.split(".")))


def _ascii_label(label: str) -> str:
    try:
        return label if label.isascii() else idna.encode(label, uts46=True).decode()
    except UnicodeError:
        return label


def with_ascii_domain(address: str) -> str:
    """An address with the ASCII spelling of its domain; a text without `@` stays as it is."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}" if at else address


def with_ascii_domains(addresses: pa.Array) -> pa.Array:
    """`with_ascii_domain` of an Arrow array of text."""
    is_ascii = pc.string_is_ascii(addresses)
    if pc.all(is_ascii).as_py() is not False:
        return addresses
    converted = [text and with_ascii_domain(text) for text in addresses.to_pylist()]
    return pa.array(converted, addresses.type)


def spellings(addresses: Iterable[str]) -> list[str]:
    """Addresses or domains, and the other spelling of those whose domain has one; each once."""
    found = [spelling for address in addresses if not pd.isna(address) for spelling in (address, _readable(address))]
    return list(dict.fromkeys(found))


def _readable(address: str) -> str:
    """An address or a domain with the letters that its ASCII spelling stands for."""
    local, at, domain = address.rpartition("@")
    if PREFIX not in domain:
        return address
    try:
        return f"{local}{at}{idna.decode(domain)}"
    except UnicodeError:
        return address

"""Record ids of 15 and 18 characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_sandbox.salesforce.model import ids


@pytest.mark.parametrize("long", ["012000000000000AAA", "001R0000006hfeZIAQ", "003RO0000016kOuYAI"])
def test_the_checksum_of_documented_ids(long: str) -> None:
    """The master record type in describe responses, and ids in examples of the REST API guide."""
    assert ids.canonical(long[:15]) == long


@given(st.integers(0, 62**8))
def test_both_lengths_of_an_id_are_equivalent(number: int) -> None:
    long = ids.make("00Q", number)
    assert len(long) == 18
    assert ids.canonical(long[:15]) == ids.canonical(long) == long


@given(st.integers(0, 62**8))
def test_the_long_form_is_case_insensitive(number: int) -> None:
    long = ids.make("003", number)
    assert ids.canonical(long.lower()) == ids.canonical(long.upper()) == long


@pytest.mark.parametrize("text", ["", "00Q", "00Q5j0000000001!", "00Q5j0000000001AAAA", "001R0000006hfeZIA9", None, 5])
def test_an_invalid_id_is_rejected(text: object) -> None:
    assert ids.canonical(text) is None

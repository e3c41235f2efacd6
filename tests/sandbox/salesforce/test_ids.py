import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_sandbox.salesforce import ids


@pytest.mark.parametrize("long", ["012000000000000AAA", "001R0000006hfeZIAQ", "003RO0000016kOuYAI"])
def test_the_checksum_is_that_of_documented_ids(long: str) -> None:
    """The master record type of every describe, and ids of examples in the REST API guide."""
    assert ids.canonical(long[:15]) == long


@given(st.integers(0, 62**8))
def test_both_lengths_of_an_id_name_one_record(number: int) -> None:
    long = ids.make("00Q", number)
    assert len(long) == 18
    assert ids.canonical(long[:15]) == ids.canonical(long) == long


@given(st.integers(0, 62**8))
def test_the_long_form_survives_the_loss_of_case(number: int) -> None:
    long = ids.make("003", number)
    assert ids.canonical(long.lower()) == ids.canonical(long.upper()) == long


@pytest.mark.parametrize("text", ["", "00Q", "00Q5j0000000001!", "00Q5j0000000001AAAA", "001R0000006hfeZIA9", None, 5])
def test_what_is_no_id_is_refused(text: object) -> None:
    assert ids.canonical(text) is None

"""SOQL queries contain every value once, escaped, and can be divided."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from livestorm_salesforce.clients.salesforce import Query, soql
from service_sandbox.salesforce.soql.nodes import Compare, InList, Logic
from service_sandbox.salesforce.soql.parser import parse

TEXTS = st.text(st.characters(), max_size=300)


def literals(query: Query) -> list[str]:
    """The text literals of a query with one comparison or IN list, as the sandbox's parser reads them."""
    where = parse(str(query)).where
    assert isinstance(where, Compare | InList)
    return [one.value for one in (where.literals if isinstance(where, InList) else (where.literal,))]


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("O'Neill", r"'O\'Neill'"),
        ("back\\slash", r"'back\\slash'"),
        ("a\nb\rc\td\be\ff", r"'a\nb\rc\td\be\ff'"),
        ("\x00\x1f\x7f", r"'\u0000\u001F\u007F'"),
        ("\u2028", r"'\u2028'"),
        ('"double" % _', "'\"double\" % _'"),
        ("Ünïcode 😀", "'Ünïcode 😀'"),
    ],
)
def test_a_literal_is_escaped_as_the_reference_says(text, literal):
    assert soql.quote(text) == literal


@given(TEXTS)
@example("' OR Email != '")
@example("\\' OR Name LIKE '%")
@example("＇ look-alike ʼ ‘’")
@example("a" * 3990)
@example("\ud800 half")
def test_any_text_is_parsed_as_one_literal(text):
    assert literals(Query("Lead", ["Id"], [soql.equals("Email", text)])) == [text]


def account(condition: soql.Condition) -> Query:
    return Query("Account", ["Id"], [condition])


@given(st.lists(TEXTS, max_size=40), st.integers(20, 400))
def test_chunks_contain_every_value_once_within_their_size(values, size):
    chunks = list(soql.in_list("Email", values).chunks(size))
    wanted = [value for value in dict.fromkeys(values) if value]
    assert [text for one in chunks for text in literals(account(one))] == wanted
    longest = max((len(soql.quote(value)) for value in wanted), default=0)
    assert all(len(str(one)) <= max(size, longest + len("Email IN ()")) for one in chunks)


def patterns(condition: soql.Condition) -> list[str]:
    """The patterns of a condition of LIKEs joined by OR, as the sandbox's parser reads them."""
    found, pending = [], [parse(str(account(condition))).where]
    while pending:
        node = pending.pop(0)
        if isinstance(node, Compare):
            assert node.operator == "LIKE"
            found.append(node.literal.pattern)
        else:
            assert isinstance(node, Logic) and node.operator == "OR"
            pending = [*node.parts, *pending]
    return found


@given(st.lists(TEXTS, max_size=20), st.integers(20, 400))
@example(["50%", "a_b", "back\\slash", "\\%", "' OR Name LIKE '%"], 400)
def test_like_patterns_match_every_text_literally(texts, size):
    chunks = list(soql.containing("Website", texts).chunks(size))
    found = [pattern for one in chunks for pattern in patterns(one)]
    assert all(one[0] == one[-1] == "%" for one in found)
    assert not [one for one in found if re.search(r"[%_]", re.sub(r"\\[\\%_]", "", one[1:-1]))]
    unescaped = [re.sub(r"\\([\\%_])", r"\1", one[1:-1]) for one in found]
    assert unescaped == [text for text in dict.fromkeys(texts) if text]
    longest = max((len(soql.like_pattern(text)) for text in texts), default=0)
    assert all(len(str(one)) <= max(size, longest + len("(Website LIKE )")) for one in chunks)


@pytest.mark.parametrize(
    ("condition", "sizes"),
    [
        (soql.containing("Website", [f"c{number}.example" for number in range(450)]), [200, 200, 50]),
        (soql.in_list("Email", [f"p{number}@x.io" for number in range(4500)]), [2000, 2000, 500]),
        (soql.containing("Website", ["", "a" * 5000]), []),
        (soql.in_list("Email", ["", None, "a" * 5000]), []),
    ],
    ids=["patterns", "values", "no pattern", "no value"],
)
def test_a_query_is_divided_into_chunks_of_a_page(condition, sizes):
    assert [len(chunk.where[0].terms) for chunk in account(condition).chunks()] == sizes


def test_two_lists_are_combined_within_the_limit_of_a_statement():
    people, campaigns = ([f"{prefix}{number:015d}" for number in range(3_000)] for prefix in ("003", "701"))
    where = [soql.in_list("ContactId", people), soql.in_list("CampaignId", campaigns)]
    chunks = list(Query("CampaignMember", ["Id"], where).chunks())
    assert max(len(str(chunk)) for chunk in chunks) < 100_000
    pairs = [(len(first.terms), len(second.terms)) for first, second in (chunk.where for chunk in chunks)]
    assert sum(first * second for first, second in pairs) == 3_000 * 3_000


def test_a_query_without_a_list_is_one_chunk():
    query = Query("Lead", ["Id"], (soql.equals("IsConverted", False),))
    assert list(query.chunks()) == [query] and query.halves() == []


@given(st.lists(st.sampled_from(["x(", "','", " OR ", "a' LIKE 'b", "\\", "é"]) | TEXTS, min_size=1), st.integers(1, 9))
def test_the_halves_divide_the_longest_list_and_keep_all_other_conditions(values, others):
    wanted = [value for value in dict.fromkeys(values) if value]
    campaigns = soql.in_list("CampaignId", [f"701{number}" for number in range(others)])
    where = [soql.in_list("Email", values), soql.not_equals("Status", values[0]), campaigns]
    halves = Query("Lead", ["Id", "Owner.Name"], where).halves()
    assert len(halves) == (2 if len(wanted) > 1 or others > 1 else 0)
    if halves:
        assert all(str(half).startswith("SELECT Id, Owner.Name FROM Lead WHERE Email IN (") for half in halves)
        divided = [place for place in (0, 2) if halves[0].where[place] != halves[1].where[place]]
        assert len(divided) == 1 and all(half.where[1] == where[1] for half in halves)
        terms = [term for half in halves for term in half.where[divided[0]].terms]
        assert terms == list(where[divided[0]].terms)


@given(st.lists(TEXTS))
def test_the_halves_of_patterns_contain_every_pattern_once(texts):
    condition = soql.containing("Website", texts)
    found = [pattern for half in account(condition).halves() for pattern in patterns(half.where[0])]
    assert found == (patterns(condition) if len(condition.terms) > 1 else [])


def test_a_query_is_rendered_in_order():
    where = [soql.in_list("Email", ["a", "", "a", "b"]), soql.not_equals("Status", "O'K"), soql.equals("IsOpen", True)]
    assert str(Query("CampaignMember", ["Id", "Lead.Email"], where)) == (
        "SELECT Id, Lead.Email FROM CampaignMember WHERE Email IN ('a','b') AND Status != 'O\\'K' AND IsOpen = true"
    )


@pytest.mark.parametrize("name", ["", "Lead;", "Lead--", "1Lead", "Lead.Email", "Lead WHERE", "Léad", "Lead\n"])
def test_only_an_identifier_is_an_object(name):
    with pytest.raises(ValueError, match="not the name"):
        Query(name, ["Id"])


@pytest.mark.parametrize("name", ["", "Id, Name", "(SELECT Id FROM Contacts)", "Owner.", "a b", "COUNT()"])
def test_only_a_path_of_identifiers_is_a_field(name):
    with pytest.raises(ValueError, match="not the name"):
        Query("Lead", [name])
    with pytest.raises(ValueError, match="not the name"):
        soql.in_list(name, ["x"])


def test_a_query_needs_a_field():
    with pytest.raises(ValueError, match="needs a field"):
        Query("Lead", [])

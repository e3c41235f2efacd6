"""Statements that hold what they should and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from livestorm_salesforce.clients.salesforce import soql
from service_sandbox.salesforce.soql_ast import Among, Compare, Logic
from service_sandbox.salesforce.soql_parse import parse

TEXTS = st.text(st.characters(), max_size=300)


def literals(statement: str) -> list[str]:
    """The text literals of a statement with one comparison or IN list, as the sandbox's parser reads them."""
    where = parse(statement).where
    assert isinstance(where, Compare | Among)
    return [one.value for one in (where.literals if isinstance(where, Among) else (where.literal,))]


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
def test_whatever_the_text_the_parser_reads_one_comparison_with_it(text):
    statement = f"{soql.select('Lead', ['Id'])} WHERE Email = {soql.quote(text)}"
    assert literals(statement) == [text]


@given(st.lists(TEXTS, max_size=40), st.integers(20, 400))
def test_chunks_hold_every_value_once_and_stay_within_their_size(values, size):
    conditions = list(soql.chunks("Email", values, max_chars=size))
    wanted = [value for value in dict.fromkeys(values) if value]
    read = [text for one in conditions for text in literals(soql.select("Lead", ["Id"], one))]
    assert read == wanted
    longest = max((len(soql.quote(value)) for value in wanted), default=0)
    assert all(len(one) <= max(size, longest + len("Email IN ()")) for one in conditions)


def patterns(condition: str) -> list[str]:
    """The patterns of a condition of LIKEs joined by OR, as the sandbox's parser reads them."""
    found, open_parts = [], [parse(soql.select("Account", ["Id"], condition)).where]
    while open_parts:
        part = open_parts.pop(0)
        if isinstance(part, Compare):
            assert part.operator == "LIKE"
            found.append(part.literal.pattern)
        else:
            assert isinstance(part, Logic) and part.operator == "OR"
            open_parts = [*part.parts, *open_parts]
    return found


@given(st.lists(TEXTS, max_size=20), st.integers(20, 400))
@example(["50%", "a_b", "back\\slash", "\\%", "' OR Name LIKE '%"], 400)
def test_whatever_the_texts_like_looks_for_each_as_it_is_written(texts, size):
    conditions = list(soql.containing("Website", texts, max_chars=size))
    read = [pattern for one in conditions for pattern in patterns(one)]
    assert all(one[0] == one[-1] == "%" for one in read)
    assert not [one for one in read if re.search(r"[%_]", re.sub(r"\\[\\%_]", "", one[1:-1]))]
    meant = [re.sub(r"\\([\\%_])", r"\1", one[1:-1]) for one in read]
    assert meant == [text for text in dict.fromkeys(texts) if text]
    longest = max((len(soql.like_text(text)) for text in texts), default=0)
    assert all(len(one) <= max(size, longest + len("(Website LIKE )")) for one in conditions)


def test_so_many_texts_are_looked_for_at_once():
    conditions = list(soql.containing("Website", [f"c{number}.example" for number in range(450)]))
    assert [one.count(" LIKE ") for one in conditions] == [200, 200, 50]
    assert list(soql.containing("Website", ["", "a" * 5000])) == []


def test_a_chunk_holds_at_most_a_page_of_values():
    conditions = list(soql.chunks("Email", [f"p{number}@x.io" for number in range(4500)]))
    assert [one.count("'") // 2 for one in conditions] == [2000, 2000, 500]


AWKWARD = st.lists(st.sampled_from(["x(", "),", "','", " OR ", "a' LIKE 'b", "\\", "(", ")", "é"]) | TEXTS, min_size=2)


@given(AWKWARD, st.integers(1, 3))
@example(["x(", ",", ")"], 1)
def test_the_halves_hold_every_value_once_and_all_else_of_the_statement(values, others):
    campaigns = soql.in_list("CampaignId", [f"701{number}" for number in range(others)])
    wanted = [value for value in dict.fromkeys(values) if value]
    for where in soql.chunks("Email", values):
        rest = f"Status != {soql.quote(values[0])} AND {campaigns}"
        cut = soql.halves(soql.select("Lead", ["Id", "Owner.Name"], f"{where} AND {rest}"))
        parts = [parse(one).where.parts for one in cut]
        lists = [
            [[one.value for one in part.literals] for part in parsed if isinstance(part, Among)] for parsed in parts
        ]
        assert len(cut) == (2 if len(wanted) > 1 or others > 1 else 0)
        assert all(one.startswith("SELECT Id, Owner.Name FROM Lead WHERE Email IN (") for one in cut)
        assert all(parsed[1].literal.value == values[0] for parsed in parts)
        if cut:
            changed = [place for place in (0, 1) if lists[0][place] != lists[1][place]]
            assert len(changed) == 1
            whole = [wanted, [f"701{number}" for number in range(others)]][changed[0]]
            assert lists[0][changed[0]] + lists[1][changed[0]] == whole


@given(AWKWARD)
def test_the_halves_of_a_search_look_for_every_text_once(texts):
    wanted = [pattern for one in soql.containing("Website", texts) for pattern in patterns(one)]
    statements = [soql.select("Account", ["Id"], one) for one in soql.containing("Website", texts)]
    cut = soql.halves(statements[0]) if statements else []
    read = [pattern for one in cut for pattern in patterns(one.split(" WHERE ", 1)[1])]
    assert read == (wanted if len(wanted) > 1 else [])


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT Id FROM Lead",
        "SELECT Id FROM Lead WHERE Email IN ('a')",
        "SELECT Id FROM Lead WHERE Email = 'x IN (\\'a\\',\\'b\\')'",
        "SELECT Id FROM Lead WHERE Email NOT IN ('a','b')",
        "SELECT Id FROM Lead WHERE NOT Email IN ('a','b')",
        "SELECT Id FROM Lead WHERE Tags__c EXCLUDES ('a','b')",
        "SELECT Id FROM Lead WHERE Email IN ('a','b') OR Name IN ('c','d')",
        "SELECT Id FROM Lead WHERE Email IN ('a','b') ORDER BY Id",
        "SELECT Id FROM Lead WHERE Email IN ('a','b') LIMIT 1",
        "SELECT COUNT() FROM Lead WHERE Email IN ('a','b')",
    ],
)
def test_a_statement_whose_parts_do_not_add_up_is_not_cut(statement):
    assert soql.halves(statement) == []


def test_blank_and_overlong_values_are_left_out_and_nothing_left_gives_no_condition():
    assert list(soql.chunks("Email", ["", "", "a" * 5000])) == []
    assert soql.in_list("Email", ["a", "", "a", "b"]) == "Email IN ('a','b')"
    with pytest.raises(ValueError, match="leave the query out"):
        soql.in_list("Email", [])


@pytest.mark.parametrize("name", ["", "Lead;", "Lead--", "1Lead", "Lead.Email", "Lead WHERE", "Léad", "Lead\n"])
def test_only_a_name_is_an_object(name):
    with pytest.raises(ValueError):
        soql.select(name, ["Id"])


@pytest.mark.parametrize("name", ["", "Id, Name", "(SELECT Id FROM Contacts)", "Owner.", "a b", "COUNT()"])
def test_only_a_path_of_names_is_a_field(name):
    with pytest.raises(ValueError):
        soql.select("Lead", [name])
    with pytest.raises(ValueError):
        soql.in_list(name, ["x"])


def test_a_statement_is_put_together_in_order():
    statement = soql.select("CampaignMember", ["Id", "Lead.Email"], "LeadId != null", ["CreatedDate", "Id DESC"])
    assert statement == "SELECT Id, Lead.Email FROM CampaignMember WHERE LeadId != null ORDER BY CreatedDate, Id DESC"
    assert soql.select("Lead", ["Id"], order_by="Id") == "SELECT Id FROM Lead ORDER BY Id"


def test_an_order_is_names_only():
    with pytest.raises(ValueError, match="ORDER BY"):
        soql.select("Lead", ["Id"], order_by="Id LIMIT 1")


def test_a_statement_without_fields_or_past_the_limit_is_refused():
    with pytest.raises(ValueError, match="needs a field"):
        soql.select("Lead", [])
    with pytest.raises(ValueError, match="100000"):
        soql.select("Lead", ["Id"], "x" * 100_000)

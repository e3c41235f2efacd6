"""Generated valid and invalid SOQL with the decision of the emulator's parser, for comparison with another parser.

Valid queries are composed of parts of the grammar. Invalid queries are valid ones with a token removed, repeated,
exchanged or inserted. The seed is fixed, so the queries are the same on every machine.

Not included: syntax that the emulator does not support (FIELDS, TYPEOF, FOR VIEW, USING SCOPE, WITH, ROLLUP, toLabel
and date functions), and the names Group, Order and Offset, which SOQL accepts where the emulator expects keywords.
"""

import random
import re
from collections.abc import Callable

from service_sandbox.salesforce.model.errors import ApiError
from service_sandbox.salesforce.soql.parser import parse

FIELDS = ("Id", "Name", "Email", "Lead.Email", "Campaign.Owner.Name", "Custom__c", "Parent__r.Key__c", "CreatedDate")
OBJECTS = ("Lead", "Contact", "CampaignMember", "Custom__c")
TEXTS = ("'a'", "''", "'O\\'Neil'", "'\\u00e9'", "'a; b'", "'two words'")
PATTERNS = (r"'100\%'", r"'a\_b%'")
CONTEXTUAL = re.compile(r"\b(?:ORDER|GROUP)\b(?! BY)|\bOFFSET\b(?! \d)")
OTHERS = ("5", "-3", "+2", "1.5", "true", "FALSE", "null", "TODAY", "LAST_N_DAYS:5", "THIS_MONTH")
DATES = ("2026-11-23", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00+01:00", "2026-11-23T10:00:00.000-0500")
STRAY = ("SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "LIMIT", "BY", "NULLS", "FIRST", "DESC")
MARKS = ("(", ")", ",", "=", "!=", "*", "==", "'x'", "5", "null", "Name")


class QueryGenerator:
    """Generates valid queries as lists of tokens."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a repeatable draw, no secret

    def pick(self, *choices: str) -> str:
        """Returns one of the choices."""
        return self.random.choice(choices)

    def chance(self, share: float) -> bool:
        """Returns True with this probability."""
        return self.random.random() < share

    def listed(self, generate: Callable[[], list[str]], most: int) -> list[str]:
        """Returns one to `most` items, separated by commas."""
        out: list[str] = []
        for _ in range(self.random.randint(1, most)):
            out += [*([","] if out else []), *generate()]
        return out

    def condition(self, depth: int = 0) -> list[str]:
        """Returns a comparison, or conditions in parentheses."""
        if depth < 2 and self.chance(0.25):
            return ["(", *self.conditions(depth + 1), ")"]
        field = self.pick(*FIELDS)
        kind = self.random.random()
        if kind < 0.5:
            return [field, self.pick("=", "!=", "<>", "<", "<=", ">", ">="), self.pick(*TEXTS, *OTHERS, *DATES)]
        if kind < 0.6:
            return [field, self.pick("LIKE", "like"), self.pick(*TEXTS, *PATTERNS)]
        if kind < 0.85:
            values = self.listed(lambda: [self.pick(*TEXTS, *OTHERS, *DATES)], 3)
            return [field, *self.pick("IN", "NOT IN").split(), "(", *values, ")"]
        if kind < 0.93:
            return [field, self.pick("INCLUDES", "EXCLUDES"), "(", *self.listed(lambda: [self.pick(*TEXTS)], 2), ")"]
        inner = ["SELECT", "LeadId", "FROM", "CampaignMember"]
        return [
            field,
            *self.pick("IN", "NOT IN").split(),
            "(",
            *inner,
            *(self.where(2) if self.chance(0.5) else []),
            ")",
        ]

    def conditions(self, depth: int = 0) -> list[str]:
        """Returns conditions for WHERE or parentheses."""
        kind = self.random.random()
        if kind < 0.15:
            return ["NOT", *self.condition(depth)]
        out = self.condition(depth)
        word = self.pick("AND", "OR")
        for _ in range(self.random.randint(0, 2)):
            out += [word, *self.condition(depth)]
        return out

    def where(self, depth: int = 0) -> list[str]:
        """Returns a WHERE clause."""
        return [self.pick("WHERE", "where"), *self.conditions(depth)]

    def query(self) -> list[str]:
        """Returns a statement."""
        out = ["SELECT", *self.columns(), "FROM", self.pick(*OBJECTS)]
        out += [self.pick("l", "x1")] if self.chance(0.1) else []
        out += self.where() if self.chance(0.8) else []
        if self.chance(0.15):
            out += ["GROUP", "BY", *self.listed(lambda: [self.pick(*FIELDS)], 2)]
            out += ["HAVING", "COUNT", "(", "Id", ")", ">", "1"] if self.chance(0.5) else []
        out += ["ORDER", "BY", *self.listed(self.ordering, 3)] if self.chance(0.4) else []
        out += ["LIMIT", self.pick("1", "2000")] if self.chance(0.3) else []
        return out + (["OFFSET", "10"] if self.chance(0.15) else [])

    def columns(self) -> list[str]:
        """Returns the SELECT list."""
        if self.chance(0.1):
            return ["COUNT", "(", ")"]
        return self.listed(self.column, 4)

    def column(self) -> list[str]:
        """Returns a field, an aggregate function or a child query."""
        if self.chance(0.15):
            call = [self.pick("COUNT", "MAX", "min", "COUNT_DISTINCT"), "(", self.pick(*FIELDS), ")"]
            return [*call, *([self.pick("n", "total")] if self.chance(0.5) else [])]
        if self.chance(0.08):
            return ["(", "SELECT", "Id", "FROM", "CampaignMembers", *(self.where(2) if self.chance(0.4) else []), ")"]
        return [self.pick(*FIELDS)]

    def ordering(self) -> list[str]:
        """Returns an entry of ORDER BY."""
        out = [self.pick(*FIELDS), *([self.pick("ASC", "desc")] if self.chance(0.5) else [])]
        return [*out, "NULLS", self.pick("FIRST", "LAST")] if self.chance(0.3) else out

    def with_error(self, tokens: list[str]) -> list[str]:
        """Returns the tokens with one random change."""
        out, at = list(tokens), self.random.randrange(len(tokens))
        kind = self.pick("remove", "repeat", "swap", "insert")
        if kind == "remove":
            del out[at]
        elif kind == "repeat":
            out.insert(at, out[at])
        elif kind == "swap" and at:
            out[at - 1], out[at] = out[at], out[at - 1]
        else:
            out.insert(at, self.pick(*STRAY, *MARKS))
        return out


def accepted(query: str) -> bool:
    """Returns whether the emulator's parser accepts a query."""
    try:
        parse(query)
    except ApiError:
        return False
    return True


def corpus(count: int = 500, seed: int = 2026) -> list[tuple[str, bool]]:
    """Returns `count` different queries, about half of them changed, each with the decision of the emulator."""
    generator = QueryGenerator(seed)
    found: dict[str, bool] = {}
    while len(found) < count:
        tokens = generator.query()
        text = " ".join(generator.with_error(tokens) if generator.chance(0.5) else tokens)
        if not CONTEXTUAL.search(text):
            found[text] = accepted(text)
    return list(found.items())

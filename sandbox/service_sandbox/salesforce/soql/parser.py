"""Parses SOQL with the grammar in `grammar.lark`. Errors contain row and column."""

import re
from functools import cache
from pathlib import Path as File
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from service_sandbox.salesforce.model.errors import ApiError, malformed
from service_sandbox.salesforce.soql import nodes
from service_sandbox.salesforce.soql.date_literals import is_date_literal
from service_sandbox.salesforce.soql.error_positions import locate_error, row_and_column
from service_sandbox.salesforce.soql.escapes import unescape
from service_sandbox.salesforce.soql.nodes import LiteralType

LONGEST_STATEMENT = 100_000
LONGEST_LITERAL = 4_000
FUNCTIONS = {"COUNT", "COUNT_DISTINCT", "MAX", "MIN", "SUM", "AVG"}
BIND = "Bind variables only allowed in Apex code"


def _at(token: Token) -> int:
    return token.start_pos or 0


@cache
def _grammar() -> Lark:
    text = File(__file__).with_name("grammar.lark").read_text()
    return Lark(text, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def parse(text: str) -> nodes.Query:
    """Parses one statement.

    Raises:
        ApiError: MALFORMED_QUERY with Salesforce's message, or QUERY_TOO_COMPLICATED.
    """
    if not text.strip():
        raise malformed("SOQL statements cannot be empty or null")
    if len(text) > LONGEST_STATEMENT:
        raise ApiError(400, "QUERY_TOO_COMPLICATED", "SOQL statement exceeds the limit of 100,000 characters")
    try:
        query: nodes.Query = TreeBuilder(text).transform(_grammar().parse(text))
    except UnexpectedInput as error:
        raise _syntax(text, error) from None
    except VisitError as error:
        raise error.orig_exc from None
    query.text = text
    return query


def _syntax(text: str, error: UnexpectedInput) -> ApiError:
    at: int = len(text.rstrip())
    problem = "unexpected token: '<EOF>'"
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        at = _at(error.token)
        problem = BIND if text[at] == ":" else f"unexpected token: '{error.token}'"
    elif isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream or 0
        problem = BIND if text[at] == ":" else _lexical(text, at)
    return malformed(locate_error(text, at, problem))


def _lexical(text: str, at: int) -> str:
    row, column = row_and_column(text, at)
    char = text[at]
    if char == "'":
        return f"line {row}:{column - 1} mismatched character '<EOF>' expecting '''"
    if char.isalnum():
        word = re.match(r"\w+", text[at:])
        return f"unexpected token: '{word[0] if word else char}'"
    return f"line {row}:{column - 1} no viable alternative at character '{char}'"


@v_args(inline=True)
class TreeBuilder(Transformer[Token, Any]):
    """Converts the parse tree to `nodes`; each method converts the rule with its name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.source_text = text

    def start(self, query: nodes.Query) -> nodes.Query:
        return query

    def query(self, columns: list[nodes.Column], *parts: Any) -> nodes.Query:
        source, alias, at = parts[0]
        query = nodes.Query(columns, source, at, alias, at=at)
        for name, value in parts[1:]:
            if name == "group":
                query.group, query.having = value
            else:
                setattr(query, name, value)
        return query

    def inner(self, expression: Any, *parts: Any) -> nodes.Query:
        return self.query([nodes.Column(expression, None, expression.at)], *parts)

    def select_list(self, *items: nodes.Column) -> list[nodes.Column]:
        return list(items)

    def column(self, path: nodes.Path, alias: str | None = None) -> nodes.Column:
        return nodes.Column(path, alias, path.at)

    call = column

    def child_query(self, query: nodes.Query, alias: str | None = None) -> nodes.Column:
        return nodes.Column(query, alias, query.at)

    def alias(self, *names: Token) -> str:
        return "".join(names)

    def path(self, *names: Token) -> nodes.Path:
        return nodes.Path(tuple(name.lstrip(". \t\r\n") for name in names), _at(names[0]))

    def counting(self, name: Token) -> list[nodes.Column]:
        if name.upper() != "COUNT":
            raise malformed(locate_error(self.source_text, _at(name), f"unexpected token: '{name}'"))
        return [nodes.Column(nodes.Function("COUNT", None, _at(name)), None, _at(name))]

    def function(self, name: Token, path: nodes.Path) -> nodes.Function:
        if name.upper() not in FUNCTIONS:
            raise malformed(locate_error(self.source_text, _at(name), f"unexpected token: '{name}'"))
        return nodes.Function(str(name).upper(), path, _at(name))

    def source(self, name: Token, *alias: Any) -> tuple[str, str | None, int]:
        return str(name), str(alias[-1]) if alias else None, _at(name)

    def where(self, conditions: Any) -> tuple[str, Any]:
        return "where", conditions

    def all_of(self, *parts: Any) -> nodes.Logic:
        return nodes.Logic("AND", parts)

    def any_of(self, *parts: Any) -> nodes.Logic:
        return nodes.Logic("OR", parts)

    def negated(self, part: Any) -> nodes.Logic:
        return nodes.Logic("NOT", (part,))

    def compare(self, operand: Any, operator: Token, literal: nodes.Literal) -> nodes.Compare:
        written = "".join(operator.split())
        return nodes.Compare(operand, "!=" if written == "<>" else written, self._plain(literal))

    def like(self, operand: Any, pattern: nodes.Literal) -> nodes.Compare:
        return nodes.Compare(operand, "LIKE", pattern)

    def inside(self, operand: Any, literals: tuple[nodes.Literal, ...]) -> nodes.InList:
        return nodes.InList(operand, "IN", literals)

    def outside(self, operand: Any, literals: tuple[nodes.Literal, ...]) -> nodes.InList:
        return nodes.InList(operand, "NOT IN", literals)

    def includes(self, operand: Any, literals: tuple[nodes.Literal, ...]) -> nodes.InList:
        return nodes.InList(operand, "INCLUDES", literals)

    def excludes(self, operand: Any, literals: tuple[nodes.Literal, ...]) -> nodes.InList:
        return nodes.InList(operand, "EXCLUDES", literals)

    def semi_join(self, operand: Any, query: nodes.Query) -> nodes.InQuery:
        return nodes.InQuery(operand, False, query)

    def anti_join(self, operand: Any, query: nodes.Query) -> nodes.InQuery:
        return nodes.InQuery(operand, True, query)

    def literals(self, *items: nodes.Literal) -> tuple[nodes.Literal, ...]:
        return tuple(self._plain(one) for one in items)

    def string(self, token: Token) -> nodes.Literal:
        r"""Returns text and LIKE pattern; the escapes `\%` and `\_` are valid in a LIKE pattern only."""
        try:
            pattern = unescape(token[1:-1], like=True)
            value = unescape(token[1:-1])
        except ValueError as error:
            if str(error) not in "_%":
                raise self._escape_error(_at(token), str(error)) from None
            return nodes.Literal(LiteralType.STRING, None, _at(token), pattern)
        if len(value) > LONGEST_LITERAL:
            raise malformed(locate_error(self.source_text, _at(token), "string literal is longer than 4000 characters"))
        return nodes.Literal(LiteralType.STRING, value, _at(token), pattern)

    def _escape_error(self, at: int, char: str) -> ApiError:
        problem = f"Invalid string literal. Illegal character sequence '\\{char}' in string literal."
        return malformed(locate_error(self.source_text, at, problem))

    def _plain(self, literal: nodes.Literal) -> nodes.Literal:
        """Returns a literal that is not a LIKE pattern."""
        if literal.type == LiteralType.STRING and literal.value is None:
            raise self._escape_error(literal.at, "%" if "\\%" in str(literal.pattern) else "_")
        return literal

    def datetime(self, token: Token) -> nodes.Literal:
        return nodes.Literal(LiteralType.DATETIME, str(token), _at(token))

    def date(self, token: Token) -> nodes.Literal:
        return nodes.Literal(LiteralType.DATE, str(token), _at(token))

    def number(self, token: Token) -> nodes.Literal:
        digits = "".join(token.split())
        return nodes.Literal(LiteralType.NUMBER, float(digits) if "." in digits else int(digits), _at(token))

    @v_args(inline=False, meta=True)
    def true(self, meta: Any, _: list[Any]) -> nodes.Literal:
        return nodes.Literal(LiteralType.BOOLEAN, True, getattr(meta, "start_pos", 0))

    @v_args(inline=False, meta=True)
    def false(self, meta: Any, _: list[Any]) -> nodes.Literal:
        return nodes.Literal(LiteralType.BOOLEAN, False, getattr(meta, "start_pos", 0))

    @v_args(inline=False, meta=True)
    def null(self, meta: Any, _: list[Any]) -> nodes.Literal:
        return nodes.Literal(LiteralType.NULL, None, getattr(meta, "start_pos", 0))

    def date_word(self, word: Token, number: Token | None = None) -> nodes.Literal:
        found = (str(word).upper(), None if number is None else int(number))
        if not is_date_literal(*found):
            raise malformed(locate_error(self.source_text, _at(word), f"unexpected token: '{word}'"))
        return nodes.Literal(LiteralType.WORD, found, _at(word))

    date_count = date_word

    def group(self, *parts: Any) -> tuple[str, tuple[list[nodes.Path], Any]]:
        having = parts[-1][1] if isinstance(parts[-1], tuple) else None
        return "group", ([one for one in parts if isinstance(one, nodes.Path)], having)

    def having(self, conditions: Any) -> tuple[str, Any]:
        return "having", conditions

    def order(self, *items: nodes.Ordering) -> tuple[str, list[nodes.Ordering]]:
        return "order", list(items)

    def ordering(self, operand: Any, *words: Token) -> nodes.Ordering:
        kinds = {token.type for token in words}
        return nodes.Ordering(operand, "DESC" in kinds, "LAST" in kinds)

    def limit(self, number: Token) -> tuple[str, int]:
        return "limit", int(number)

    def offset(self, number: Token) -> tuple[str, int]:
        return "offset", int(number)

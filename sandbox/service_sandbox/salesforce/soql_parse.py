"""SOQL text to `soql_ast.Query`, by the grammar in `soql.lark`; refuses what it does not know, with row and column."""

import re
from functools import cache
from pathlib import Path as File
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from service_sandbox.salesforce import soql_ast as ast
from service_sandbox.salesforce.errors import ApiError, malformed
from service_sandbox.salesforce.soql_dates import is_date_word
from service_sandbox.salesforce.soql_errors import located, row_and_column

LONGEST_STATEMENT = 100_000
LONGEST_LITERAL = 4_000
FUNCTIONS = {"COUNT", "COUNT_DISTINCT", "MAX", "MIN", "SUM", "AVG"}
BIND = "Bind variables only allowed in Apex code"
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


@cache
def _grammar() -> Lark:
    text = File(__file__).with_name("soql.lark").read_text()
    return Lark(text, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def parse(text: str) -> ast.Query:
    """Parse one statement. Raises ApiError MALFORMED_QUERY as the service words it."""
    if not text.strip():
        raise malformed("SOQL statements cannot be empty or null")
    if len(text) > LONGEST_STATEMENT:
        raise ApiError(400, "QUERY_TOO_COMPLICATED", "SOQL statement exceeds the limit of 100,000 characters")
    try:
        query = Build(text).transform(_grammar().parse(text))
    except UnexpectedInput as error:
        raise _syntax(text, error) from None
    except VisitError as error:
        raise error.orig_exc from None
    query.text = text
    return query


def _syntax(text: str, error: UnexpectedInput) -> ApiError:
    at, problem = len(text.rstrip()), "unexpected token: '<EOF>'"
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        at = error.token.start_pos
        problem = BIND if text[at] == ":" else f"unexpected token: '{error.token}'"
    elif isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream
        problem = BIND if text[at] == ":" else _lexical(text, at)
    return malformed(located(text, at, problem))


def _lexical(text: str, at: int) -> str:
    row, column = row_and_column(text, at)
    char = text[at]
    if char == "'":
        return f"line {row}:{column - 1} mismatched character '<EOF>' expecting '''"
    if char.isalnum():
        word = re.match(r"\w+", text[at:])
        return f"unexpected token: '{word[0] if word else char}'"
    return f"line {row}:{column - 1} no viable alternative at character '{char}'"


def unescape(body: str, *, like: bool = False) -> str:
    r"""The text behind a quoted literal; an unknown escape is a ValueError, `\\_` and `\\%` stay for LIKE."""
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


@v_args(inline=True)
class Build(Transformer):
    """Tree to dataclasses."""

    def __init__(self, text: str):
        super().__init__()
        self.source_text = text

    def start(self, query: ast.Query) -> ast.Query:
        return query

    def query(self, columns: list, *parts: Any) -> ast.Query:
        source, alias, at = parts[0]
        made = ast.Query(columns, source, at, alias, at=at)
        for name, value in parts[1:]:
            if name == "group":
                made.group, made.having = value
            else:
                setattr(made, name, value)
        return made

    def inner(self, what: Any, *parts: Any) -> ast.Query:
        return self.query([ast.Column(what, None, what.at)], *parts)

    def select_list(self, *items: ast.Column) -> list[ast.Column]:
        return list(items)

    def column(self, path: ast.Path, alias: str | None = None) -> ast.Column:
        return ast.Column(path, alias, path.at)

    call = column

    def child_query(self, query: ast.Query, alias: str | None = None) -> ast.Column:
        return ast.Column(query, alias, query.at)

    def alias(self, *names: Token) -> str:
        return "".join(names)

    def path(self, *names: Token) -> ast.Path:
        return ast.Path(tuple(name.lstrip(". \t\r\n") for name in names), names[0].start_pos)

    def counting(self, name: Token) -> list[ast.Column]:
        if name.upper() != "COUNT":
            raise malformed(located(self.source_text, name.start_pos, f"unexpected token: '{name}'"))
        return [ast.Column(ast.Function("COUNT", None, name.start_pos), None, name.start_pos)]

    def function(self, name: Token, path: ast.Path) -> ast.Function:
        if name.upper() not in FUNCTIONS:
            raise malformed(located(self.source_text, name.start_pos, f"unexpected token: '{name}'"))
        return ast.Function(str(name).upper(), path, name.start_pos)

    def source(self, name: Token, *alias: Any) -> tuple[str, str | None, int]:
        return str(name), alias[-1] if alias else None, name.start_pos

    def where(self, conditions: Any) -> tuple[str, Any]:
        return "where", conditions

    def all_of(self, *parts: Any) -> ast.Logic:
        return ast.Logic("AND", parts)

    def any_of(self, *parts: Any) -> ast.Logic:
        return ast.Logic("OR", parts)

    def negated(self, part: Any) -> ast.Logic:
        return ast.Logic("NOT", (part,))

    def compare(self, operand: Any, operator: Token, literal: ast.Literal) -> ast.Compare:
        written = "".join(operator.split())
        return ast.Compare(operand, "!=" if written == "<>" else written, self._plain(literal))

    def like(self, operand: Any, pattern: ast.Literal) -> ast.Compare:
        return ast.Compare(operand, "LIKE", pattern)

    def inside(self, operand: Any, literals: tuple) -> ast.Among:
        return ast.Among(operand, "IN", literals)

    def outside(self, operand: Any, literals: tuple) -> ast.Among:
        return ast.Among(operand, "NOT IN", literals)

    def includes(self, operand: Any, literals: tuple) -> ast.Among:
        return ast.Among(operand, "INCLUDES", literals)

    def excludes(self, operand: Any, literals: tuple) -> ast.Among:
        return ast.Among(operand, "EXCLUDES", literals)

    def semi_join(self, operand: Any, query: ast.Query) -> ast.InQuery:
        return ast.InQuery(operand, False, query)

    def anti_join(self, operand: Any, query: ast.Query) -> ast.InQuery:
        return ast.InQuery(operand, True, query)

    def literals(self, *items: ast.Literal) -> tuple[ast.Literal, ...]:
        return tuple(self._plain(one) for one in items)

    def string(self, token: Token) -> ast.Literal:
        r"""The text, and its form for LIKE, where alone `\\%` and `\\_` may stand and stay as they are."""
        try:
            pattern = unescape(token[1:-1], like=True)
            value = unescape(token[1:-1])
        except ValueError as error:
            if str(error) not in "_%":
                raise self._escape(token.start_pos, str(error)) from None
            return ast.Literal("string", None, token.start_pos, pattern)
        if len(value) > LONGEST_LITERAL:
            raise malformed(located(self.source_text, token.start_pos, "string literal is longer than 4000 characters"))
        return ast.Literal("string", value, token.start_pos, pattern)

    def _escape(self, at: int, char: str) -> ApiError:
        problem = f"Invalid string literal. Illegal character sequence '\\{char}' in string literal."
        return malformed(located(self.source_text, at, problem))

    def _plain(self, literal: ast.Literal) -> ast.Literal:
        """A literal outside of LIKE."""
        if literal.kind == "string" and literal.value is None:
            raise self._escape(literal.at, "%" if "\\%" in str(literal.pattern) else "_")
        return literal

    def datetime(self, token: Token) -> ast.Literal:
        return ast.Literal("datetime", str(token), token.start_pos)

    def date(self, token: Token) -> ast.Literal:
        return ast.Literal("date", str(token), token.start_pos)

    def number(self, token: Token) -> ast.Literal:
        digits = "".join(token.split())
        return ast.Literal("number", float(digits) if "." in digits else int(digits), token.start_pos)

    @v_args(inline=False, meta=True)
    def true(self, meta: Any, _: list) -> ast.Literal:
        return ast.Literal("boolean", True, getattr(meta, "start_pos", 0))

    @v_args(inline=False, meta=True)
    def false(self, meta: Any, _: list) -> ast.Literal:
        return ast.Literal("boolean", False, getattr(meta, "start_pos", 0))

    @v_args(inline=False, meta=True)
    def null(self, meta: Any, _: list) -> ast.Literal:
        return ast.Literal("null", None, getattr(meta, "start_pos", 0))

    def date_word(self, word: Token, number: Token | None = None) -> ast.Literal:
        found = (str(word).upper(), None if number is None else int(number))
        if not is_date_word(*found):
            raise malformed(located(self.source_text, word.start_pos, f"unexpected token: '{word}'"))
        return ast.Literal("word", found, word.start_pos)

    date_count = date_word

    def group(self, *parts: Any) -> tuple[str, tuple[list, Any]]:
        having = parts[-1][1] if isinstance(parts[-1], tuple) else None
        return "group", ([one for one in parts if isinstance(one, ast.Path)], having)

    def having(self, conditions: Any) -> tuple[str, Any]:
        return "having", conditions

    def order(self, *items: ast.Ordering) -> tuple[str, list]:
        return "order", list(items)

    def ordering(self, operand: Any, *words: Token) -> ast.Ordering:
        kinds = {token.type for token in words}
        return ast.Ordering(operand, "DESC" in kinds, "LAST" in kinds)

    def limit(self, number: Token) -> tuple[str, int]:
        return "limit", int(number)

    def offset(self, number: Token) -> tuple[str, int]:
        return "offset", int(number)

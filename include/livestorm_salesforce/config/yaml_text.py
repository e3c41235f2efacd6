"""Parses the text of a mapping file as YAML, within limits, and keeps the spelling of unquoted values.

Every unquoted value is text, so that `06`, `01000`, `+33` and `1.10` stay as written (field A9); the models convert
the values of typed settings. Size, depth and number of values are limited, so that a hostile or damaged file is
rejected within a second (field C13).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.tokens import (
    AliasToken,
    BlockEndToken,
    BlockMappingStartToken,
    BlockSequenceStartToken,
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
    KeyToken,
    ScalarToken,
    TagToken,
    Token,
)

from livestorm_salesforce.errors import ConfigError

#: Bytes of a mapping file; the supplied file has 6,000.
MAX_BYTES = 256 * 1024
MAX_LINES = 10_000
#: Levels of nesting; the mapping has 5.
MAX_DEPTH = 12
#: Values after aliases (`*name`) are replaced by what they stand for.
MAX_VALUES = 5_000
#: Values of a file with merges (`<<: *name`), times its aliases: each merge copies up to all values.
MAX_MERGED = 8_000
#: Characters of one value.
MAX_LENGTH = 4_000
OPENING = (BlockMappingStartToken, BlockSequenceStartToken, FlowMappingStartToken, FlowSequenceStartToken)
CLOSING = (BlockEndToken, FlowMappingEndToken, FlowSequenceEndToken)
#: Tags of unquoted values that are not text: null, and the key of a merge.
NOT_TEXT = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")


class SpellingResolver(VersionedResolver):
    """Resolves unquoted values to text, null or the merge key `<<`; never to numbers, booleans or dates."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        tag = super().resolve(kind, value, implicit)
        return self.DEFAULT_SCALAR_TAG if kind is ScalarNode and str(tag) not in NOT_TEXT else tag


def read_text(file: Path) -> str:
    """The text of a mapping file.

    Raises:
        ConfigError: the file cannot be read, is too large, or is not UTF-8.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"Mapping file {file} cannot be read ({type(error).__name__}).",
            remedy="set LIVESTORM_SALESFORCE_MAPPING to a file that exists, or unset it for the one supplied",
        ) from None
    return decode(file, content)


def decode(file: Path, content: bytes) -> str:
    """The text of a mapping.

    Args:
        file: named in errors.

    Raises:
        ConfigError: the content is too large, or is not UTF-8.
    """
    if len(content) > MAX_BYTES or content.count(b"\n") > MAX_LINES:
        raise ConfigError(
            f"{file}: larger than {MAX_BYTES // 1024} KB or {MAX_LINES:,} lines.",
            remedy="remove comments and entries that are not needed",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError(f"{file}:{line}: the text is not UTF-8.", remedy="save the file as UTF-8") from None


def parse(file: Path, text: str) -> CommentedMap:
    """The document with line numbers; every unquoted value is text or null.

    Raises:
        ConfigError: not YAML, not a mapping, or beyond the limits.
    """
    try:
        _check_tokens(file, _yaml().scan(text))
        document = _yaml().load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = str(error.problem).partition(" with value ")[0]  # a repeated key: its values may be addresses
        raise ConfigError(f"{file}:{line}: not YAML: {problem}.", remedy="correct that line") from None
    except YAMLError:
        raise ConfigError(f"{file}: not YAML: it holds control characters.", remedy="save it as plain text") from None
    except (ValueError, OverflowError):  # a character code beyond Unicode
        raise ConfigError(f"{file}: not YAML: it holds an invalid character.", remedy="save it as plain text") from None
    if document is None:
        return CommentedMap()
    if not isinstance(document, CommentedMap):
        raise ConfigError(f"{file}:1: expected sections such as 'lead:'.", remedy="see the mapping supplied")
    return document


def plain(file: Path, document: CommentedMap) -> dict[str, Any]:
    """The document in plain Python types, with aliases replaced by what they stand for.

    Raises:
        ConfigError: more than `MAX_VALUES` values, a value longer than `MAX_LENGTH`, or half a surrogate pair.
    """
    budget = iter(range(MAX_VALUES))
    copy: dict[str, Any] = _plain(file, document, budget, 0)
    return copy


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.Resolver = SpellingResolver
    return yaml


def _check_tokens(file: Path, tokens: Iterator[Token]) -> None:
    """Reject tags, deep nesting and keys that are not one word, before anything is built from them."""
    depth, values, aliases, merges, previous = 0, 0, 0, False, None
    for token in tokens:
        values += isinstance(token, ScalarToken)
        aliases += isinstance(token, AliasToken)
        merges |= isinstance(token, ScalarToken) and token.value == "<<"
        depth += isinstance(token, OPENING) - isinstance(token, CLOSING)
        if isinstance(token, TagToken):
            raise _error(file, token, f"tags such as {token.value[1]} are not read", "remove the tag")
        if values > MAX_VALUES or (merges and values * aliases > MAX_MERGED):
            raise _error(file, token, f"more than {MAX_VALUES:,} values", "remove entries that are not needed")
        if depth > MAX_DEPTH:
            raise _error(file, token, f"nested more than {MAX_DEPTH} levels deep", "see the mapping supplied")
        if isinstance(previous, KeyToken) and isinstance(token, (*OPENING, AliasToken)):
            raise _error(file, token, "a key that is not one word", "see the mapping supplied")
        previous = token


def _error(file: Path, token: Token, problem: str, remedy: str) -> ConfigError:
    return ConfigError(f"{file}:{token.start_mark.line + 1}: {problem}.", remedy=remedy)


def _plain(file: Path, node: Any, budget: Iterator[int], depth: int) -> Any:
    if next(budget, None) is None or depth > MAX_DEPTH:
        message = f"{file}: more than {MAX_VALUES:,} values, or an alias that contains itself."
        raise ConfigError(message, remedy="write the entries out instead of using aliases (*name)")
    if isinstance(node, dict):
        return {_text(file, key): _plain(file, value, budget, depth + 1) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(file, item, budget, depth + 1) for item in node]
    return None if node is None else _text(file, node)


def _text(file: Path, value: Any) -> str:
    text = str(value)
    if len(text) > MAX_LENGTH:
        raise ConfigError(
            f"{file}: a value of {len(text):,} characters; the limit is {MAX_LENGTH:,}.",
            remedy="shorten it",
        )
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ConfigError(f"{file}: a value holds half a surrogate pair (\\ud800 to \\udfff).", remedy="remove it")
    return text

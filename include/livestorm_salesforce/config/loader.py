"""Reads `mapping.yaml`; every error names the file, the line and the nearest valid word."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.tokens import TagToken

from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.config.validation import error_messages
from livestorm_salesforce.errors import ConfigError

DEFAULT_PATH = Path(__file__).resolve().with_name("mapping.yaml")


def load_mapping(path: str | Path | None = None) -> Mapping:
    """Read and check a mapping file.

    Raises:
        ConfigError: the file is missing, is not YAML, or contains errors; the message lists all of them.
    """
    file = Path(path) if path else DEFAULT_PATH
    return _checked(file, _read(file))


@lru_cache(maxsize=8)
def _checked(file: Path, text: str) -> Mapping:
    """Cached by text: parsing takes longer than all other work of a run without changes."""
    document = _parse(file, text)
    raw = _plain(document)
    try:
        return Mapping.model_validate(raw)
    except ValidationError as error:
        found = error_messages(file, document, raw, error)
    raise ConfigError(
        f"{len(found)} mistake(s) in the mapping:\n  " + "\n  ".join(found) + "\n",
        remedy="correct the mapping file at the lines named and clear the failed task",
    )


def _parse(file: Path, text: str) -> CommentedMap:
    try:
        tags = [token for token in YAML(typ="rt").scan(text) if isinstance(token, TagToken)]
        document = None if tags else YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{file}:{line}: not YAML: {error.problem}.", remedy="correct that line") from None
    except YAMLError:
        raise ConfigError(f"{file}: not YAML: it holds control characters.", remedy="save it as plain text") from None
    if tags:
        line = tags[0].start_mark.line + 1
        raise ConfigError(f"{file}:{line}: tags such as {tags[0].value[1]} are not read.", remedy="remove the tag")
    if document is None:
        return CommentedMap()
    if not isinstance(document, CommentedMap):
        raise ConfigError(f"{file}:1: expected sections such as 'lead:'.", remedy="see the mapping supplied")
    return document


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise ConfigError(
            f"Mapping file {file} cannot be read ({type(error).__name__}).",
            remedy="set LIVESTORM_SALESFORCE_MAPPING to a file that exists, or unset it for the one supplied",
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{file}:{line}: the text is not UTF-8.", remedy="save the file as UTF-8") from None


def _plain(node: Any) -> Any:
    """The document in plain Python types, without round-trip types and anchors."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return str(node)

"""Read `mapping.yaml` and say, for every mistake, the file, the line and the nearest valid word."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError

from include.livestorm_salesforce.config.mapping import Mapping
from include.livestorm_salesforce.errors import ConfigError

DEFAULT_PATH = Path(__file__).resolve().parents[1] / "mapping.yaml"


def load_mapping(path: str | Path | None = None) -> Mapping:
    """Read and check a mapping file.

    Raises:
        ConfigError: the file is missing, is not YAML, or says something unknown; all mistakes at once.
    """
    file = Path(path) if path else DEFAULT_PATH
    document = _parse(file)
    try:
        return Mapping.model_validate(_plain(document))
    except ValidationError as error:
        mistakes = [_explain(file, document, item) for item in error.errors()]
    raise ConfigError(
        f"{len(mistakes)} mistake(s) in the mapping:\n  " + "\n  ".join(mistakes) + "\n",
        remedy="correct the mapping file at the lines named and clear the failed task",
    )


def _parse(file: Path) -> CommentedMap:
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise ConfigError(
            f"Mapping file {file} cannot be read ({type(error).__name__}).",
            remedy="set LIVESTORM_SALESFORCE_MAPPING to a file that exists, or unset it for the one supplied",
        ) from None
    try:
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{file}:{line}: not YAML: {error.problem}.", remedy="correct that line") from None
    if document is None:
        return CommentedMap()
    if not isinstance(document, CommentedMap):
        raise ConfigError(f"{file}:1: expected sections such as 'lead:'.", remedy="see the mapping supplied")
    return document


def _plain(node: Any) -> Any:
    """Only what plain YAML can say: no tags, no anchors' identity, no round-trip types."""
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


def _explain(file: Path, document: CommentedMap, item: dict[str, Any]) -> str:
    context = item.get("ctx", {})
    location = context.get("path") or list(item["loc"])
    path = [step for part in location for step in (part.split(".") if isinstance(part, str) else [part])]
    word, valid = context.get("word"), context.get("valid", [])
    if item["type"] == "extra_forbidden":
        word, valid = path[-1], _valid_keys(path[:-1])
    message = f"unknown key '{word}'" if item["type"] == "extra_forbidden" else item["msg"]
    if item["type"] == "literal_error":
        word = str(item["input"])
        valid = [part.strip(" '") for part in context["expected"].replace(" or ", ",").split(",")]
        message = f"unknown word '{word}'"
    return f"{file}:{_line(document, path)}: {'.'.join(map(str, path))}: {message}{_nearest(word, valid)}"


def _nearest(word: str | None, valid: list[str]) -> str:
    if word is None or not valid:
        return ""
    near = difflib.get_close_matches(word, valid, n=1, cutoff=0.4)
    return f" (did you mean '{near[0]}'?)" if near else f" (valid: {', '.join(sorted(valid))})"


def _line(document: CommentedMap, path: list[Any]) -> int:
    """The line of the deepest part of the path that the file has, counted from 1."""
    node, line = document, 1
    for step in path:
        if not isinstance(node, CommentedMap) or step not in node:
            break
        line = node.lc.key(step)[0] + 1
        node = node[step]
    return line


def _valid_keys(path: list[Any]) -> list[str]:
    model: Any = Mapping
    for step in path:
        annotation = model.model_fields[step].annotation if _is_model(model) and step in model.model_fields else model
        model = next((part for part in _parts(annotation) if _is_model(part)), None)
    if not _is_model(model):
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def _parts(annotation: Any) -> list[Any]:
    inner = [part for arg in get_args(annotation) for part in _parts(arg)]
    return [annotation, *inner]


def _is_model(thing: Any) -> bool:
    return isinstance(thing, type) and issubclass(thing, BaseModel)

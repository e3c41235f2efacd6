"""Reads `mapping.yaml`; every error names the file, the line and the nearest valid word."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from livestorm_salesforce.config import yaml_text
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
    return _checked(file, yaml_text.read_text(file))


@lru_cache(maxsize=8)
def _checked(file: Path, text: str) -> Mapping:
    """Cached by text: parsing takes longer than all other work of a run without changes."""
    document = yaml_text.parse(file, text)
    raw = yaml_text.plain(file, document)
    try:
        return Mapping.model_validate(raw)
    except ValidationError as error:
        found = error_messages(file, document, raw, error)
    raise ConfigError(
        f"{len(found)} mistake(s) in the mapping:\n  " + "\n  ".join(found) + "\n",
        remedy="correct the mapping file at the lines named and clear the failed task",
    )

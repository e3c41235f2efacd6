"""Reads `mapping.yaml`; every error names the file, the line and the nearest valid word."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from livestorm_salesforce.config import yaml_text
from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.config.validation import error_messages, named_fields
from livestorm_salesforce.errors import ConfigError

DEFAULT_PATH = Path(__file__).resolve().with_name("mapping.yaml")
#: Mistakes that the message lists.
SHOWN = 100
REMEDY = "correct the mapping file at the lines named and clear the failed task"


class InvalidMapping(ConfigError):
    """The mapping file has errors.

    Attributes:
        messages: one per error, each with file and line.
        fields: object to the Salesforce fields that the file names, with `file:line`; the org check adds those that
            the org does not have, so that a person corrects all of them at once (field A11).
    """

    def __init__(self, messages: list[str], fields: dict[str, dict[str, str]]) -> None:
        self.messages, self.fields = messages, fields
        super().__init__(_message(messages), remedy=REMEDY)

    def with_messages(self, more: list[str]) -> ConfigError:
        """The error to show, with further messages."""
        return ConfigError(_message([*self.messages, *more]), remedy=REMEDY)


def _message(messages: list[str]) -> str:
    shown = messages[:SHOWN] + ["..."] * (len(messages) > SHOWN)
    return f"{len(messages)} mistake(s) in the mapping:\n  " + "\n  ".join(shown) + "\n"


def load_mapping(path: str | Path | None = None) -> Mapping:
    """Read and check a mapping file.

    Raises:
        InvalidMapping: the file contains errors; the message lists all of them.
        ConfigError: the file is missing, too large, or not YAML.
    """
    file = Path(path) if path else DEFAULT_PATH
    return _checked(file, yaml_text.read_text(file))


def parse_mapping(text: str, name: str) -> Mapping:
    """Check the text of a mapping that is not in a file.

    Args:
        name: named in errors instead of a file.

    Raises:
        InvalidMapping, ConfigError: as `load_mapping`.
    """
    file = Path(name)
    return _checked(file, yaml_text.decode(file, text.encode("utf-8", "surrogatepass")))


@lru_cache(maxsize=8)
def _checked(file: Path, text: str) -> Mapping:
    """Cached by text: parsing takes longer than all other work of a run without changes."""
    document = yaml_text.parse(file, text)
    raw = yaml_text.plain(file, document)
    try:
        return Mapping.model_validate(raw)
    except ValidationError as error:
        messages = error_messages(file, document, raw, error)
    raise InvalidMapping(messages, named_fields(file, document, raw))

"""Drafts of a mapping that previews try. They are in the store: a mapping may name people, and Airflow keeps params."""

from __future__ import annotations

import hashlib

from livestorm_salesforce.config import Mapping
from livestorm_salesforce.config.loader import parse_mapping
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.storage import Folder

FOLDER = "drafts"
#: Named in errors instead of a file.
NAME = "draft"


def save(store: Folder, text: str, now: float) -> str:
    """Store a draft; returns its id.

    Args:
        now: epoch seconds.
    """
    draft_id = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    store.folder(FOLDER).write_json(draft_id, {"at": now, "text": text})
    return draft_id


def load(store: Folder, draft_id: str) -> Mapping:
    """The mapping of a stored draft.

    Raises:
        InvalidMapping: the draft contains errors.
        ConfigError: there is no such draft.
    """
    document = store.folder(FOLDER).read_json(draft_id)
    if document is None:
        raise ConfigError("The draft of the mapping is no longer stored.", remedy="try it again on the page Mapping")
    return parse_mapping(document["text"], NAME)


def prune(store: Folder, oldest: float) -> None:
    """Delete drafts stored before a time in epoch seconds."""
    folder = store.folder(FOLDER)
    for name in folder.names(".json"):
        document = folder.read_json(name.removesuffix(".json")) or {}
        if document.get("at", 0) < oldest:
            folder.drop(name)

"""Search all files of the store for a data subject. A file that cannot be read is named, and the rest is searched."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from livestorm_salesforce.domain.audit.erasure import MAX_PASSES, DataSubject
from livestorm_salesforce.errors import ConfigError, TransientError
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.locations import DATABASE_FILE, run_folders_of_all_pairs
from livestorm_salesforce.state import erasure
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.storage import Folder
from livestorm_salesforce.storage_paths import local_path
from livestorm_salesforce.tasks.erase_files import clean, contains, read_lines

T = TypeVar("T")
WITHHELD = "(name withheld)"
_NO_WORD = re.compile(r"[^a-z0-9]+")
#: Of one file: damaged, locked, not a file, or denied or not returned by the object storage.
UNREADABLE = (OSError, EOFError, ValueError, zlib.error, ConfigError, TransientError)


@dataclass
class Search:
    """The search of the database and all files.

    Attributes:
        key: the setting `key_secret`; None: each pair has its own key.
        unreadable: paths of files that could not be read.
    """

    root: Folder
    key: str | None
    unreadable: set[str] = field(default_factory=set)

    def files(self) -> list[tuple[Folder, str]]:
        """All files except the state database: folder and name. Folders that cannot be listed are `unreadable`."""
        found = self.root.files(self.unreadable)
        return [(place, name) for place, name in found if not name.startswith(DATABASE_FILE)]

    def clean(self, subject: DataSubject) -> Counter[str]:
        """Remove the person from all files; numbers of files looked at, of rows, lines and unfinished files removed."""
        removed: Counter[str] = Counter()
        for folder, name in self.files():
            removed["files looked at"] += 1
            removed += Counter(self.read(folder, name, lambda folder, name: clean(folder, name, subject)) or {})
        return removed

    def collect(self, database: Database, subject: DataSubject) -> None:
        """Search for addresses and ids of the person until no further one is found."""
        for _ in range(MAX_PASSES):
            before = subject.size()
            with database.reading() as connection:
                erasure.collect(connection, subject, self.key)
            for folder, name in self.files():
                self.read(folder, name, lambda folder, name: collect_file(folder, name, subject))
            if subject.size() == before:
                return

    def remaining(self, subject: DataSubject) -> list[str]:
        """Paths of files that still concern the person."""
        return [
            f"{folder}/{name}"
            for folder, name in self.files()
            if self.read(folder, name, lambda folder, name: contains(folder, name, subject))
        ]

    def shown(self, paths: Iterable[str], subject: DataSubject) -> list[str]:
        """Paths for messages and certificates, in alphabetical order.

        The names of this project's files contain no personal data, except the id of a run that a person has chosen.
        Parts of a path with an address, or with the person, are replaced by `WITHHELD`; the folder is named.
        """
        return sorted(self._shown(path, subject) for path in paths)

    def _shown(self, path: str, subject: DataSubject) -> str:
        roots = (str(self.root), local_path(self.root.path).rstrip("/"))
        root = next((one for one in roots if path.startswith(f"{one}/")), "")
        parts = path.removeprefix(root).split("/")
        return root + "/".join(WITHHELD if _is_personal(part, subject) else part for part in parts)

    def read(self, folder: Folder, name: str, action: Callable[[Folder, str], T]) -> T | None:
        """Apply an action to a file; None if the file cannot be read."""
        try:
            return action(folder, name)
        except FileNotFoundError:  # deleted meanwhile, or a link to nothing
            return None
        except UNREADABLE:
            self.unreadable.add(f"{folder}/{name}")
            return None


def _is_personal(part: str, subject: DataSubject) -> bool:
    """Whether a part of a path contains an address, also as `storage.safe_name` spells it, or an id of the person."""
    words = _NO_WORD.sub("-", part.lower())
    named = any(_NO_WORD.sub("-", address.lower()) in words for address in subject.addresses)
    return "@" in part or named or subject.is_named_in(part)


def collect_file(folder: Folder, name: str, subject: DataSubject) -> None:
    """Add the addresses and ids that a file connects with the person."""
    if name.endswith(".parquet"):
        subject.collect(folder.read(name.removesuffix(".parquet")))
    elif name.endswith(".jsonl.gz"):
        for line in read_lines(folder, name):
            subject.collect_line(line)


def drop_orphans(app: AppContext, search: Search) -> int:
    """Remove values and results of erased changes, which refer to their change by its number only; their number."""
    removed = 0
    for run_folder in run_folders_of_all_pairs(app.store):
        loads = [run_folder.folder(name) for name in run_folder.names() if name.startswith("load-")]
        for plan in (run_folder.folder(name) for name in run_folder.names() if name.startswith("plan-")):
            known = search.read(plan, "changes.parquet", _change_ids)
            if known is None:  # which changes are left is not known
                continue
            for folder in [plan, *loads]:
                for name in folder.names(".parquet"):
                    removed += search.read(folder, name, partial(_drop_unknown_changes, known=known)) or 0
    return removed


def _change_ids(plan: Folder, file: str) -> set[int]:
    return set(plan.read(file.removesuffix(".parquet"))["change_id"]) if plan.has(file) else set()


def _drop_unknown_changes(folder: Folder, file: str, known: set[int]) -> int:
    """Keep the rows of known changes; returns the number of rows removed."""
    name = file.removesuffix(".parquet")
    frame = folder.read(name)
    if "change_id" not in frame or frame["change_id"].isin(known).all():
        return 0
    kept = frame[frame["change_id"].isin(known)].reset_index(drop=True)
    folder.write(name, kept)
    return len(frame) - len(kept)

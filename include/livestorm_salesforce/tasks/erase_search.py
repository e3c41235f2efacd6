"""What an erasure would remove: a search that changes nothing, limited in time because a person waits for it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from livestorm_salesforce.domain.audit.erasure import DataSubject
from livestorm_salesforce.domain.shared.mail_domains import spellings
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.state import erasure
from livestorm_salesforce.storage import Folder
from livestorm_salesforce.tasks.erase import collect_file, email_key_of, hmac_of_address, stored_files
from livestorm_salesforce.tasks.erase_files import contains

#: Seconds after which the search of files ends.
TIME_LIMIT = 20.0


@dataclass(frozen=True)
class Affected:
    """Stored data of a person.

    Attributes:
        hmac: HMAC of the address, for the DAG `livestorm_salesforce_erase`.
        tables: rows by table.
        folders: files by folder that name the person.
        searched, files: number of files searched, and of all files. The erasure itself searches all of them.
        unreadable: number of files that could not be read.
    """

    hmac: str
    tables: dict[str, int]
    folders: dict[str, int]
    searched: int
    files: int
    unreadable: int

    @property
    def is_complete(self) -> bool:
        """Whether all files were searched."""
        return self.searched == self.files

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not any(self.tables.values()) and not self.folders


def find_affected(app: AppContext, address: str, seconds: float = TIME_LIMIT) -> Affected:
    """Search database and files for a person.

    Args:
        seconds: time limit of the search of files.

    Raises:
        ConfigError: the text is no address, or no run has used these connections.
    """
    email_key, secret = email_key_of(address), app.settings.key_secret
    key = secret.get_secret_value() if secret else None
    subject = DataSubject(email_key.__eq__, {*spellings([email_key])})
    hmac = hmac_of_address(app, address)
    with app.database.reading() as connection:
        erasure.collect(connection, subject, key)
        tables = erasure.counts(connection, subject, key)
    files, folders, searched, unreadable = stored_files(app.store), dict[str, int](), 0, 0
    for folder, name in _until(app, files, seconds):
        searched += 1
        found = _names(folder, name, subject)
        unreadable += found is None
        if found:
            folders[str(folder)] = folders.get(str(folder), 0) + 1
    return Affected(hmac, tables, folders, searched, len(files), unreadable)


def _until(app: AppContext, files: list[tuple[Folder, str]], seconds: float) -> Iterator[tuple[Folder, str]]:
    end = app.clock.now() + seconds
    for file in files:
        if app.clock.now() > end:
            return
        yield file


def _names(folder: Folder, name: str, subject: DataSubject) -> bool | None:
    """Whether a file names the person; None if it cannot be read."""
    with suppress(OSError, EOFError, ValueError, zlib.error):
        collect_file(folder, name, subject)
        return contains(folder, name, subject)
    return None

"""Erase a data subject from everything that this project stores, and verify the erasure.

Salesforce and Livestorm are not changed. Erase the person in Livestorm first: the next run loads whoever is still
registered there.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import pandas as pd

from livestorm_salesforce.domain.audit.erasure import MAX_PASSES, DataSubject
from livestorm_salesforce.domain.plan.email_hmac import email_hmac
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.mail_domains import spellings
from livestorm_salesforce.errors import ConfigError, ContractError
from livestorm_salesforce.runs import identity
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.locations import DATABASE_FILE, run_folders_of_all_pairs
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import erasure, erasure_certificates, runs
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.erasure_certificates import Certificate
from livestorm_salesforce.storage import Folder, safe_name
from livestorm_salesforce.tasks.erase_files import clean, contains, read_lines

#: Seconds after which a run without an end counts as ended: a run may wait a day for an approval.
RUN_TIMEOUT = 26 * 3600
Counts = dict[str, int]
T = TypeVar("T")


def erase_address(app: AppContext, address: str) -> Counts:
    """Erase by e-mail address.

    Returns:
        numbers of files searched, of rows, lines and unfinished files removed, and 0 as `found after`.

    Raises:
        ConfigError: the text is not an address, or a run is in progress.
        ContractError: the verification still finds the person.
    """
    key = email_key_of(address)
    return _erase(app, DataSubject(key.__eq__, {*spellings([key])}))


def erase_by_hmac(app: AppContext, hmac: str) -> Counts:
    """Erase by the HMAC of an address. A DAG gets no address: Airflow stores and shows its parameters.

    Raises:
        ConfigError, ContractError: as `erase_address`.
    """
    key = _existing_hmac_key(app)
    return _erase(app, DataSubject(lambda address: email_hmac(address, key) == hmac, hmacs={hmac}))


def erase_with_certificate(run: TaskRun, hmac: str) -> Counts:
    """Erase by the HMAC of an address, and store a certificate, also of an incomplete erasure.

    Raises:
        ConfigError, ContractError: as `erase_address`.
    """
    database, at = run.app.database, run.app.utc_now().to_pydatetime()
    try:
        counts = erase_by_hmac(run.app, hmac)
    except ContractError as error:
        incomplete = Certificate(run.run_id, at, is_complete=False, cause=error.cause, remedy=error.remedy, counts={})
        erasure_certificates.save(database, incomplete)
        raise
    erasure_certificates.save(database, Certificate(run.run_id, at, True, "", "", counts))
    return counts


def hmac_of_address(app: AppContext, address: str) -> str:
    """HMAC of an address, for `erase_by_hmac`."""
    return email_hmac(email_key_of(address), _existing_hmac_key(app))


def email_key_of(address: str) -> str:
    """The address trimmed and in lower case.

    Raises:
        ConfigError: the text is not an address.
    """
    key = normalize.key(pd.Series([address], dtype="str")).iloc[0]
    if not isinstance(key, str) or "@" not in key:
        raise ConfigError("That is no e-mail address.", remedy="give one address, alone on the line")
    return key


def _existing_hmac_key(app: AppContext) -> str:
    """The key of e-mail HMACs. It is not created here: the HMAC of a new key would match nobody.

    Raises:
        ConfigError: the database does not know these connections.
    """
    if not app.settings.key_secret:
        identity.known_pair(app)
    return app.hmac_key()


def _erase(app: AppContext, subject: DataSubject) -> Counts:
    _refuse_during_runs(app)
    secret = app.settings.key_secret
    search = _Search(app.store, secret.get_secret_value() if secret else None)
    removed: Counter[str] = Counter()
    with app.locks.hold("people"), app.locks.hold("members"):
        search.collect(app.database, subject)
        with app.database.transaction() as connection:
            removed["rows"] += erasure.erase(connection, subject, search.key)
        for folder, name in stored_files(app.store):
            removed["files looked at"] += 1
            removed += Counter(search.read(folder, name, lambda folder, name: clean(folder, name, subject)) or {})
        _drop_orphans(app, removed)
        remaining = search.remaining(subject)
        with app.database.reading() as connection:
            in_database = erasure.count(connection, subject, search.key)
    erasure.purge(app.database)
    _raise_if_incomplete(removed, remaining, in_database, sorted(search.unreadable))
    _raise_if_versioned(app.store)
    return {"rows": 0, "lines": 0} | dict(removed) | {"found after": 0}


def _raise_if_incomplete(removed: Counter[str], remaining: list[str], in_database: int, unreadable: list[str]) -> None:
    done = f"{removed['rows']} row(s) and {removed['lines']} line(s) were erased"
    if remaining or in_database:
        raise ContractError(
            f"{done}. The person is still found in {in_database} row(s) of the database and {len(remaining)} file(s): "
            f"{', '.join(remaining[:5])}."
        )
    if unreadable:
        raise ContractError(
            f"{done}. Not searched: {len(unreadable)} file(s) that cannot be read: {', '.join(unreadable[:20])}.",
            remedy="delete these files, or restore them, then erase again",
        )


def _raise_if_versioned(store: Folder) -> None:
    versions = store.earlier_versions()
    if versions:
        raise ContractError(
            f"The person was erased from the current files. The bucket keeps at least {versions} earlier versions of "
            f"files in {store}, which were not searched.",
            remedy="delete the noncurrent versions, for example by a lifecycle rule, then erase again as a proof",
        )


def _refuse_during_runs(app: AppContext) -> None:
    """A run in progress holds personal data in memory and would write it again."""
    since = app.utc_now() - pd.Timedelta(seconds=RUN_TIMEOUT)
    active = runs.in_progress(app.database, since.to_pydatetime())
    if active:
        raise ConfigError(
            f"{len(active)} run(s) are in progress, or were stopped, the first is {safe_name(active[0])}.",
            remedy="wait until no run is in progress, then pause the DAGs and erase; a run interrupted by the pause "
            f"continues when they are unpaused, a stopped run counts as ended after {RUN_TIMEOUT // 3600} hours",
        )


def stored_files(folder: Folder) -> list[tuple[Folder, str]]:
    """All files below a folder, except the state database: folder and name."""
    return [(place, name) for place, name in folder.files() if not name.startswith(DATABASE_FILE)]


@dataclass
class _Search:
    """The search of the database and all files.

    Attributes:
        key: the setting `key_secret`; None: each pair has its own key.
        unreadable: paths of files that could not be read.
    """

    root: Folder
    key: str | None
    unreadable: set[str] = field(default_factory=set)

    def collect(self, database: Database, subject: DataSubject) -> None:
        """Search for addresses and ids of the person until no further one is found."""
        for _ in range(MAX_PASSES):
            before = subject.size()
            with database.reading() as connection:
                erasure.collect(connection, subject, self.key)
            for folder, name in stored_files(self.root):
                self.read(folder, name, lambda folder, name: collect_file(folder, name, subject))
            if subject.size() == before:
                return

    def remaining(self, subject: DataSubject) -> list[str]:
        """Paths of files that still concern the person."""
        files = stored_files(self.root)
        return [
            f"{folder}/{name}"
            for folder, name in files
            if self.read(folder, name, lambda folder, name: contains(folder, name, subject))
        ]

    def read(self, folder: Folder, name: str, action: Callable[[Folder, str], T]) -> T | None:
        """Apply an action to a file; None if the file cannot be read."""
        try:
            return action(folder, name)
        except (OSError, EOFError, ValueError, zlib.error):
            self.unreadable.add(f"{folder}/{name}")
            return None


def collect_file(folder: Folder, name: str, subject: DataSubject) -> None:
    """Add the addresses and ids that a file connects with the person."""
    if name.endswith(".parquet"):
        subject.collect(folder.read(name.removesuffix(".parquet")))
    elif name.endswith(".jsonl.gz"):
        for line in read_lines(folder, name):
            subject.collect_line(line)


def _drop_orphans(app: AppContext, removed: Counter[str]) -> None:
    """Remove values and results of erased changes, which refer to their change by its number only."""
    for run_folder in run_folders_of_all_pairs(app.store):
        loads = [run_folder.folder(name) for name in run_folder.names() if name.startswith("load-")]
        for plan in (run_folder.folder(name) for name in run_folder.names() if name.startswith("plan-")):
            known = set(plan.read("changes")["change_id"]) if plan.has("changes.parquet") else set()
            for folder in [plan, *loads]:
                removed["rows"] += sum(_drop_unknown_changes(folder, name, known) for name in folder.names(".parquet"))


def _drop_unknown_changes(folder: Folder, file: str, known: set[int]) -> int:
    """Keep the rows of known changes; returns the number of rows removed."""
    name = file.removesuffix(".parquet")
    frame = folder.read(name)
    if "change_id" not in frame or frame["change_id"].isin(known).all():
        return 0
    kept = frame[frame["change_id"].isin(known)].reset_index(drop=True)
    folder.write(name, kept)
    return len(frame) - len(kept)

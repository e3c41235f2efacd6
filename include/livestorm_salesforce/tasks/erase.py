"""Erase a data subject from everything that this project stores, and verify the erasure.

Salesforce and Livestorm are not changed. Erase the person in Livestorm first: the next run loads whoever is still
registered there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.audit.erasure import DataSubject
from livestorm_salesforce.domain.plan.email_hmac import email_hmac
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.mail_domains import spellings
from livestorm_salesforce.errors import ConfigError, ContractError, SyncError, TransientError
from livestorm_salesforce.runs import identity
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import erasure, erasure_certificates, runs
from livestorm_salesforce.state.erasure_certificates import Certificate
from livestorm_salesforce.storage import Folder, safe_name
from livestorm_salesforce.tasks.erase_scan import Search, drop_orphans

#: Seconds after which a run without an end counts as ended: a run may wait a day for an approval.
RUN_TIMEOUT = 26 * 3600
Counts = dict[str, int]
#: What no address contains: `Ada <ada@acme.example>`, two addresses, or a link would be found nowhere.
_NO_ADDRESS = re.compile(r"[\s<>,;]|^mailto:")


@dataclass(frozen=True)
class Erased:
    """The result of an erasure, also of an incomplete one.

    Attributes:
        counts: files searched; rows, lines and unfinished files removed; `found after`: rows and files of the person
            that are left.
        tables: rows removed by table of the database.
        unread: paths of all files that could not be read, without names of people.
        remaining: paths of the files that still concern the person.
        error: why the erasure is incomplete, or its proof is; None if it is complete.
    """

    counts: Counts
    tables: Counts
    unread: list[str]
    remaining: list[str]
    error: SyncError | None = None

    def counts_or_raise(self) -> Counts:
        """The counts of a complete erasure; raises the error of an incomplete one."""
        if self.error:
            raise self.error
        return self.counts

    def document(self) -> dict[str, Any]:
        """The column `counts` of its certificate."""
        return self.counts | {"tables": self.tables, "unread": self.unread, "remaining": self.remaining}


def erase_address(app: AppContext, address: str) -> Counts:
    """Erase by e-mail address.

    Returns:
        numbers of files searched, of rows, lines and unfinished files removed, and 0 as `found after`.

    Raises:
        ConfigError: the text is not an address, or a run is in progress.
        ContractError: the verification still finds the person, or could not search everything.
        TransientError: the write-ahead log of the database could not be emptied.
    """
    return _erase_address(app, address).counts_or_raise()


def _erase_address(app: AppContext, address: str) -> Erased:
    key = email_key_of(address)
    return _erase(app, DataSubject(key.__eq__, {*spellings([key])}))


def erase_by_hmac(app: AppContext, hmac: str) -> Counts:
    """Erase by the HMAC of an address. A DAG gets no address: Airflow stores and shows its parameters.

    Raises:
        ConfigError, ContractError, TransientError: as `erase_address`.
    """
    return _erase_by_hmac(app, hmac).counts_or_raise()


def _erase_by_hmac(app: AppContext, hmac: str) -> Erased:
    key = _existing_hmac_key(app)
    return _erase(app, DataSubject(lambda address: email_hmac(address, key) == hmac, hmacs={hmac}))


def erase_with_certificate(run: TaskRun, hmac: str) -> Counts:
    """Erase by the HMAC of an address, and store a certificate, also of an incomplete erasure.

    Raises:
        ConfigError, ContractError, TransientError: as `erase_address`.
    """
    return _certified(run.app, run.run_id, lambda: _erase_by_hmac(run.app, hmac))


def erase_address_with_certificate(app: AppContext, address: str) -> Counts:
    """As `erase_with_certificate` by address and outside of a DAG run: the time identifies the certificate.

    Raises:
        ConfigError, ContractError, TransientError: as `erase_address`.
    """
    return _certified(app, f"command-{app.utc_now():%Y-%m-%dT%H-%M-%S}", lambda: _erase_address(app, address))


def _certified(app: AppContext, run_id: str, erase: Callable[[], Erased]) -> Counts:
    at, erased = app.utc_now().to_pydatetime(), erase()
    cause, remedy = (erased.error.cause, erased.error.remedy) if erased.error else ("", "")
    certificate = Certificate(run_id, at, erased.error is None, cause, remedy, erased.document())
    erasure_certificates.save(app.database, certificate)
    return erased.counts_or_raise()


def hmac_of_address(app: AppContext, address: str) -> str:
    """HMAC of an address, for `erase_by_hmac`."""
    return email_hmac(email_key_of(address), _existing_hmac_key(app))


def email_key_of(address: str) -> str:
    """The address trimmed and in lower case.

    Raises:
        ConfigError: the text is not an address.
    """
    key = normalize.key(pd.Series([address], dtype="str")).iloc[0]
    if not isinstance(key, str) or "@" not in key or _NO_ADDRESS.search(key):
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


def _erase(app: AppContext, subject: DataSubject) -> Erased:
    _refuse_during_runs(app)
    started = app.utc_now()
    secret = app.settings.key_secret
    search = Search(app.store, secret.get_secret_value() if secret else None)
    removed: Counter[str] = Counter()
    with app.locks.hold("people"), app.locks.hold("members"):
        search.collect(app.database, subject)
        with app.database.transaction() as connection:
            tables = erasure.erase(connection, subject, search.key)
        removed += search.clean(subject)
        removed["rows"] += sum(tables.values()) + drop_orphans(app, search)
        remaining = search.remaining(subject)
        with app.database.reading() as connection:
            in_database = erasure.count(connection, subject, search.key)
    counts = {"rows": 0, "lines": 0} | dict(removed) | {"found after": in_database + len(remaining)}
    erased = Erased(counts, tables, search.shown(search.unreadable, subject), search.shown(remaining, subject))
    try:
        erasure.purge(app.database)
        _raise_if_incomplete(erased, in_database)
        _raise_if_run_started(app, started)
        _raise_if_versioned(app.store)
    except (ContractError, TransientError) as error:
        return replace(erased, error=error)
    return erased


def _raise_if_incomplete(erased: Erased, in_database: int) -> None:
    done = f"{erased.counts['rows']} row(s) and {erased.counts['lines']} line(s) were erased"
    remaining, unreadable = erased.remaining, erased.unread
    if remaining or in_database:
        raise ContractError(
            f"{done}. The person is still found in {in_database} row(s) of the database and {len(remaining)} file(s): "
            f"{', '.join(remaining[:5])}.",
            remedy="let this user write and delete these files, or delete them, then erase again",
        )
    if unreadable:
        raise ContractError(
            f"{done}. Not searched: {len(unreadable)} file(s) that cannot be read: {', '.join(unreadable[:20])}.",
            remedy="delete these files, or restore them, then erase again",
        )


def _raise_if_versioned(store: Folder) -> None:
    try:
        versions = store.earlier_versions()
    except (ConfigError, TransientError) as error:
        raise ContractError(
            f"The person was erased from the current files. Not checked: earlier versions of files. {error.cause}",
            remedy="let the connection list versions, or check that the bucket keeps none, then erase again as a proof",
        ) from None
    if versions:
        raise ContractError(
            f"The person was erased from the current files. The bucket keeps at least {versions} earlier versions of "
            f"files in {store}, which were not searched.",
            remedy="delete the noncurrent versions, for example by a lifecycle rule, then erase again as a proof",
        )


def _raise_if_run_started(app: AppContext, since: pd.Timestamp) -> None:
    """A run that started during the search may have stored the person in files that were searched before."""
    if runs.started_since(app.database, since.to_pydatetime()):
        raise ContractError(
            "The person was erased, and a run has started meanwhile: what it has stored was not searched.",
            remedy="pause the DAGs, wait until no run is in progress, then erase again",
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

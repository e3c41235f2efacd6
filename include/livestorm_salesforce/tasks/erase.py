"""Erase a data subject from everything that this project stores, and verify the erasure.

Salesforce and Livestorm are not changed. Erase the person in Livestorm first: the next run loads whoever is still
registered there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pandas as pd

from livestorm_salesforce.domain.audit.erasure import MAX_PASSES, DataSubject
from livestorm_salesforce.domain.plan.email_hmac import email_hmac
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.errors import ConfigError, ContractError
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.task_run import ENDED, started_at
from livestorm_salesforce.storage import Folder
from livestorm_salesforce.tasks.erase_files import clean, contains, read_lines

#: Seconds after which a run without an end counts as ended: a run may wait a day for an approval.
RUN_TIMEOUT = 26 * 3600
Counts = dict[str, int]


def erase_address(app: AppContext, address: str) -> Counts:
    """Erase by e-mail address.

    Returns:
        numbers of files searched, of rows, lines and unfinished files removed, and 0 as `found after`.

    Raises:
        ConfigError: the text is not an address, or a run is in progress.
        ContractError: the verification still finds the person.
    """
    key = _email_key(address)
    if not isinstance(key, str) or "@" not in key:
        raise ConfigError("That is no e-mail address.", remedy="give one address, alone on the line")
    return _erase(app, key.__eq__, {key})


def erase_by_hmac(app: AppContext, hmac: str) -> Counts:
    """Erase by the HMAC of an address. A DAG gets no address: Airflow stores and shows its parameters.

    Raises:
        ConfigError, ContractError: as `erase_address`.
    """
    key = _existing_hmac_key(app)
    return _erase(app, lambda address: email_hmac(address, key) == hmac, set())


def hmac_of_address(app: AppContext, address: str) -> str:
    """HMAC of an address, for `erase_by_hmac`."""
    return email_hmac(_email_key(address), _existing_hmac_key(app))


def _email_key(address: str) -> str:
    key: str = normalize.key(pd.Series([address], dtype="str")).iloc[0]
    return key


def _existing_hmac_key(app: AppContext) -> str:
    """The key of e-mail HMACs. It is not created here: the HMAC of a new key would match nobody.

    Raises:
        ConfigError: this store has none.
    """
    if not app.settings.key_secret and not app.state.path.exists():
        raise ConfigError(
            "This store knows nothing of these connections, and has no key for e-mail HMACs.",
            remedy="run the command with Airflow's environment, in particular LIVESTORM_SALESFORCE_STORE",
        )
    return app.hmac_key()


def _erase(app: AppContext, is_meant: Callable[[str], bool], addresses: set[str]) -> Counts:
    _refuse_during_runs(app)
    root = app.store
    subject = DataSubject(is_meant, set(addresses))
    with app.lock("people"), app.lock("members"), app.lock("quarantine"):
        _collect(root, subject)
        removed: Counter[str] = Counter()
        for folder, name in _files(root):
            removed["files looked at"] += 1
            removed += Counter(clean(folder, name, subject))
        _drop_orphans(app, removed)
        remaining = [f"{folder}/{name}" for folder, name in _files(root) if contains(folder, name, subject)]
    if remaining:
        raise ContractError(f"The person is still found in {len(remaining)} file(s): {', '.join(remaining[:5])}.")
    return {"rows": 0, "lines": 0} | dict(removed) | {"found after": 0}


def _refuse_during_runs(app: AppContext) -> None:
    """A run in progress holds personal data in memory and would write it again."""
    oldest = app.clock.now() - RUN_TIMEOUT
    folders = list(app.every_run_folder())
    active = [one for one in folders if (started_at(one) or 0.0) > oldest and not one.has(f"{ENDED}.json")]
    if active:
        raise ConfigError(
            f"{len(active)} run(s) are in progress, or were stopped, the first is {active[0].path.name}.",
            remedy="wait until no run is in progress, then pause the DAGs and erase; a run interrupted by the pause "
            f"continues when they are unpaused, a stopped run counts as ended after {RUN_TIMEOUT // 3600} hours",
        )


def _files(folder: Folder) -> Iterator[tuple[Folder, str]]:
    """All files below a folder: folder and name."""
    if not folder.path.exists():
        return
    for item in sorted(folder.path.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _files(Folder(item))
        else:
            yield folder, item.name


def _collect(root: Folder, subject: DataSubject) -> None:
    """Search all files for addresses and ids of the person until no further one is found."""
    for _ in range(MAX_PASSES):
        before = subject.size()
        for folder, name in _files(root):
            if name.endswith(".parquet"):
                subject.collect(folder.read(name.removesuffix(".parquet")))
            elif name.endswith(".jsonl.gz"):
                for line in read_lines(folder, name):
                    subject.collect_line(line)
        if subject.size() == before:
            return


def _drop_orphans(app: AppContext, removed: Counter[str]) -> None:
    """Remove values and results of erased changes, which refer to their change by its number only."""
    for run_folder in app.every_run_folder():
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

"""Remove a person from everything that this project keeps, and prove it by looking again.

Salesforce and Livestorm are not touched: a person is erased there by their own means, in Livestorm first, because the
next run would bring in again whoever is still registered.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable, Iterator

import pandas as pd

from livestorm_salesforce.domain.audit.erasure import NAMED_LATER, Person
from livestorm_salesforce.domain.plan.email_hmac import email_hmac
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.errors import ConfigError, ContractError
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.runs.task_run import ENDED, started_at
from livestorm_salesforce.state import webhook_queue
from livestorm_salesforce.storage import TEMPORARY, Folder
from livestorm_salesforce.tasks.redaction import redact

UNDER_WAY = 26 * 3600  # seconds: a run may wait a day for an approval
TEXTS = (".md", ".csv", ".json")
Counts = dict[str, int]


def erase_address(app: AppContext, address: str) -> Counts:
    """Erase by the address itself: finds every trace, the hash in the memory of newest registrations too.

    Raises:
        ConfigError: the text is no address.
    """
    key = normalize.key(pd.Series([address], dtype="str")).iloc[0]
    if not isinstance(key, str) or "@" not in key:
        raise ConfigError("That is no e-mail address.", remedy="give one address, alone on the line")
    return _erase(app, key.__eq__, {key})


def erase_by_hmac(app: AppContext, hmac: str) -> Counts:
    """Erase by the HMAC of an address. A DAG gets no address: Airflow stores and shows its parameters."""
    secret = _kept_secret(app)
    return _erase(app, lambda address: email_hmac(address, secret) == hmac, set())


def hmac_of_address(app: AppContext, address: str) -> str:
    """HMAC of an address, for `erase_by_hmac`."""
    return email_hmac(normalize.key(pd.Series([address], dtype="str")).iloc[0], _kept_secret(app))


def _kept_secret(app: AppContext) -> str:
    """What marks are made with here; not made for the purpose, for such a mark would fit nobody.

    Raises:
        ConfigError: this store has none.
    """
    if not app.settings.key_secret and not app.state.path.exists():
        raise ConfigError(
            "This store knows nothing of these connections, and has no key for marks.",
            remedy="give the command the environment that Airflow has, LIVESTORM_SALESFORCE_STORE above all",
        )
    return app.hmac_key()


def _erase(app: AppContext, is_meant: Callable[[str], bool], known: set[str]) -> Counts:
    """Counts of files looked at, rows, lines and unfinished files removed.

    Raises:
        ConfigError: a run is under way. ContractError: after the removal the person is still found.
    """
    _refuse_meanwhile(app)
    root = Folder(app.run_folders.path.parent)
    person = Person(is_meant, set(known))
    with app.lock("people"), app.lock("members"), app.lock("quarantine"):
        _learn(root, person)
        removed: Counter[str] = Counter()
        for folder, name in _files(root):
            removed["files looked at"] += 1
            removed += Counter(_clean(folder, name, person))
        _drop_orphans(root, removed)
        left = [f"{folder}/{name}" for folder, name in _files(root) if _still_in(folder, name, person)]
    if left:
        raise ContractError(f"The person is still found in {len(left)} file(s): {', '.join(left[:5])}.")
    return {"rows": 0, "lines": 0} | dict(removed) | {"found after": 0}


def _refuse_meanwhile(app: AppContext) -> None:
    """A run under way holds people in memory, and would write down again whom we erase."""
    oldest = app.clock.now() - UNDER_WAY
    folders = [app.run_folders.folder(name) for name in app.run_folders.names()]
    working = [one for one in folders if (started_at(one) or 0.0) > oldest and not one.has(f"{ENDED}.json")]
    if working:
        raise ConfigError(
            f"{len(working)} run(s) are under way, or were stopped: {working[0].path.name} and what comes after it.",
            remedy="wait until no run is under way, then pause the DAGs and erase; a run that the pause caught goes on "
            f"when they are unpaused, one that was stopped for good counts as ended after {UNDER_WAY // 3600} hours",
        )


def _files(folder: Folder) -> Iterator[tuple[Folder, str]]:
    if not folder.path.exists():
        return
    for item in sorted(folder.path.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _files(Folder(item))
        else:
            yield folder, item.name


def _learn(root: Folder, person: Person) -> None:
    for _ in range(NAMED_LATER):
        before = person.size()
        for folder, name in _files(root):
            if name.endswith(".parquet"):
                person.learn(folder.read(name.removesuffix(".parquet")))
            elif name.endswith(".jsonl.gz"):
                for line in _lines(folder, name):
                    person.learn_line(line)
        if person.size() == before:
            return


def _lines(folder: Folder, name: str) -> list[str]:
    """One document each; a line break of another kind than ours is part of an answer."""
    return gzip.decompress((folder.path / name).read_bytes()).decode().removesuffix("\n").split("\n")


def _clean(folder: Folder, name: str, person: Person) -> Counts:
    """What a killed task left half written cannot be read, and goes whole."""
    if TEMPORARY in name:
        (folder.path / name).unlink()
        return {"unfinished files": 1}
    if name.endswith(".parquet"):
        return _clean_frame(folder, name.removesuffix(".parquet"), person)
    if name.endswith(".jsonl.gz"):
        lines = _lines(folder, name)
        kept = [line for line in lines if not person.answered(line)]
        if not kept and lines and _is_delivery(folder):
            folder.drop(name)
        elif len(kept) < len(lines):
            data = b"".join(line.encode() + b"\n" for line in kept)
            (folder.path / name).write_bytes(gzip.compress(data, 5))
        return {"lines": len(lines) - len(kept)}
    if name.endswith(TEXTS):
        text = (folder.path / name).read_bytes().decode()
        kept, count = redact(name, text, person)
        if count:
            folder.write_text(name, kept)
        return {"lines": count}
    return {}


def _is_delivery(folder: Folder) -> bool:
    """A webhook's file speaks of one person, so it goes whole: its name is a digest of what was said."""
    return folder.path.parent.parent.name == webhook_queue.FOLDER


def _clean_frame(folder: Folder, name: str, person: Person) -> Counts:
    frame = folder.read(name)
    mine = person.rows(frame)
    if mine.any():
        folder.write(name, frame[~mine].reset_index(drop=True))
    return {"rows": int(mine.sum())}


def _drop_orphans(root: Folder, removed: Counter[str]) -> None:
    """Values and results of changes that are gone: they name their change by its number alone."""
    for run_folder in (root.folder("runs").folder(name) for name in root.folder("runs").names()):
        plans = [name for name in run_folder.names() if name.startswith("plan-")]
        for plan in map(run_folder.folder, plans):
            known = set(plan.read("changes")["change_id"]) if plan.has("changes.parquet") else set()
            followers = [plan, *(run_folder.folder(name) for name in run_folder.names() if name.startswith("load-"))]
            for folder, name in [(one, name) for one in followers for name in one.names(".parquet")]:
                frame = folder.read(name.removesuffix(".parquet"))
                if "change_id" in frame and not frame["change_id"].isin(known).all():
                    kept = frame[frame["change_id"].isin(known)].reset_index(drop=True)
                    removed["rows"] += len(frame) - len(kept)
                    folder.write(name.removesuffix(".parquet"), kept)


def _still_in(folder: Folder, name: str, person: Person) -> bool:
    if TEMPORARY in name:
        return True
    if name.endswith(".parquet"):
        return bool(person.rows(folder.read(name.removesuffix(".parquet"))).any())
    if name.endswith(".jsonl.gz"):
        return any(person.answered(line) for line in _lines(folder, name))
    return name.endswith(TEXTS) and redact(name, (folder.path / name).read_bytes().decode(), person)[1] > 0

"""Rows per transaction that the tasks of a run share: what one load found out, the next one starts with."""

from __future__ import annotations

from dataclasses import asdict

from livestorm_salesforce.clients.salesforce.transaction_sizes import StoredSize, TransactionSizes
from livestorm_salesforce.runs.task_run import TaskRun

NAME = "transaction_sizes"


def share_sizes(run: TaskRun) -> None:
    """Give the Salesforce client the limit of the setting and the sizes of the run's earlier tasks."""

    def load() -> dict[str, StoredSize]:
        return {name: StoredSize(**one) for name, one in run.folder.read_json(NAME, {}).items()}

    def store(sizes: dict[str, StoredSize]) -> None:
        run.folder.write_json(NAME, {name: asdict(one) for name, one in sizes.items()})

    run.app.salesforce.transaction_sizes = TransactionSizes(run.app.settings.transaction_rows, load, store)

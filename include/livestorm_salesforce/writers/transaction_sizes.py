"""Give the Salesforce client the limit of the setting and the sizes that earlier loads found out."""

from __future__ import annotations

from functools import partial

from livestorm_salesforce.clients.salesforce.transaction_sizes import TransactionSizes
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.state import transaction_sizes


def share_sizes(run: TaskRun) -> None:
    """Let this load start with the stored sizes, and store what it finds out."""
    load, save = partial(transaction_sizes.load, run.app.state), partial(transaction_sizes.save, run.app.state)
    run.app.salesforce.transaction_sizes = TransactionSizes(run.app.settings.transaction_rows, load, save)

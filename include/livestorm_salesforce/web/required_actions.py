"""Where Airflow asks the questions of this project's runs."""

from __future__ import annotations

from urllib.parse import quote

from livestorm_salesforce.web.airflow_data import Approval
from livestorm_salesforce.web.visit import Visit


def question_address(visit: Visit, question: Approval) -> str:
    """The page of Airflow that asks the question."""
    dag_id, run_id, task_id = (quote(part, safe="") for part in question[:3])
    return f"{visit.prefix.rpartition('/')[0]}/dags/{dag_id}/runs/{run_id}/tasks/{task_id}/required_actions"

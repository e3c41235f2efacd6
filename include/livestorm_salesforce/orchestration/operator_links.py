"""Buttons of a task instance in Airflow: report, webinar in Livestorm, Campaign in Salesforce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperatorLink

from livestorm_salesforce.orchestration.page_addresses import page_path, report_path

if TYPE_CHECKING:
    from airflow.sdk import Context

    from livestorm_salesforce.tasks.webinars import Webinars

#: XCom keys from which the API server reads addresses: a task of any kind may push them.
SESSION_URL, CAMPAIGN_URL = "livestorm_session_url", "salesforce_campaign_url"
PREFIX = "livestorm_"


class ReportLink(BaseOperatorLink):
    """The report of the run, for the tasks of this project's DAGs."""

    name = "Sync report"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002 Airflow's signature
        """The path of the report; "" for tasks of other DAGs."""
        if not ti_key.dag_id.startswith(PREFIX):
            return ""
        return page_path(report_path(ti_key.dag_id, ti_key.run_id))


class StoredLink(BaseOperatorLink):
    """An address that the task has pushed as XCom."""

    key: ClassVar[str]

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002 Airflow's signature
        """The stored address; "" without one, which shows no button. Runs in the API server."""
        if not ti_key.dag_id.startswith(PREFIX):
            return ""
        from airflow.models.xcom import XComModel
        from airflow.utils.session import create_session

        query = XComModel.get_many(
            key=self.key, run_id=ti_key.run_id, dag_ids=ti_key.dag_id, task_ids=ti_key.task_id,
            map_indexes=ti_key.map_index,
        ).with_only_columns(XComModel.value)  # fmt: skip
        with create_session() as session:
            value = session.execute(query).scalar()
        text = str(value or "").strip('"')
        return text if text.startswith("https://") else ""


class SessionLink(StoredLink):
    """The webinar of a mapped task in Livestorm."""

    name = "Webinar in Livestorm"
    key = SESSION_URL


class CampaignLink(StoredLink):
    """The Campaign of a mapped task in Salesforce."""

    name = "Campaign in Salesforce"
    key = CAMPAIGN_URL


LINKS = [ReportLink(), SessionLink(), CampaignLink()]


def show_webinars(context: Context, webinars: Webinars) -> None:
    """Name a mapped task instance by its webinar, and store the addresses of its buttons.

    The DAG uses `label` in `map_index_template`.
    """
    context["label"] = webinars.label  # type: ignore[typeddict-unknown-key]
    for key, address in ((SESSION_URL, webinars.session_url), (CAMPAIGN_URL, webinars.campaign_url)):
        if address:
            context["ti"].xcom_push(key, address)

"""Names and links of the webinars of a mapped task, for Airflow's pages. Titles and ids only, no personal data."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

import pandas as pd

from livestorm_salesforce.runs.plan_files import NAME, discovery, plan_document
from livestorm_salesforce.runs.task_run import TaskRun
from livestorm_salesforce.writers import plan_executor

MAX_TITLE = 60
#: E-mail addresses in a title, which Airflow stores: "Demo for ada@acme.example".
ADDRESS = re.compile(r"\S+@\S+")


@dataclass(frozen=True)
class Webinars:
    """What a mapped task works on.

    Attributes:
        label: title and date of the first webinar, and the number of further ones.
        session_url: page of the webinar in Livestorm, if it is one webinar.
        campaign_url: its Campaign in Salesforce, if it is one Campaign that exists.
    """

    label: str
    session_url: str = ""
    campaign_url: str = ""


def read_by_batch(run: TaskRun, batch: int) -> Webinars:
    """The webinars that an extract task reads."""
    batches = discovery(run.folder)["batches"]
    return _webinars(run, batches[batch] if batch < len(batches) else [])


def written_by_batch(run: TaskRun, batch: int) -> Webinars:
    """The webinars whose members a load task writes."""
    batches = plan_document(run.folder)["member_batches"]
    refs = batches[batch] if batch < len(batches) else []
    campaigns = plan_executor.read_or_default(run, "campaigns-links", run.folder.folder(NAME).read("campaigns"))
    own = campaigns[campaigns["campaign_ref"].isin(refs)]
    return _webinars(run, [*own["session_id"]], _campaign_url(run, own["campaign_id"]))


def _webinars(run: TaskRun, session_ids: Collection[str], campaign_url: str = "") -> Webinars:
    sessions = run.folder.read("sessions")
    own = sessions[sessions["session_id"].isin([*session_ids])]
    rows = own.merge(run.folder.read("events")[["event_id", "title", "registration_link"]], on="event_id", how="left")
    if rows.empty:
        return Webinars("no webinar", campaign_url=campaign_url)
    rows = rows.sort_values("estimated_started_at", kind="stable")
    known = map(str, rows["registration_link"].dropna().unique())
    links = [link for link in known if urlsplit(link).scheme in ("https", "http")]  # the address of a button
    return Webinars(_label(rows), links[0] if len(links) == 1 else "", campaign_url)


def _label(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    title = "without title" if pd.isna(first["title"]) else ADDRESS.sub("…", str(first["title"]))
    shown = title if len(title) <= MAX_TITLE else f"{title[: MAX_TITLE - 1]}…"
    starts = first["estimated_started_at"]
    date = "" if pd.isna(starts) else f" ({starts:%d %b %Y})"
    return f"{shown}{date}" + (f" and {len(rows) - 1} more" if len(rows) > 1 else "")


def _campaign_url(run: TaskRun, campaign_ids: pd.Series) -> str:
    """The page of the only Campaign. The login tells the address of the org; the load needs it anyway."""
    known = campaign_ids.dropna().unique()
    if len(known) != 1:
        return ""
    return f"{run.app.salesforce.instance_url}/{known[0]}"

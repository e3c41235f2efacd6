"""Mapped tasks are named by their webinars and link to them."""

from __future__ import annotations

from livestorm_salesforce.orchestration import assets, operator_links
from livestorm_salesforce.tasks import webinars
from tests.harness.webinar import Webinar


class Instance:
    """A task instance that keeps its XComs."""

    def __init__(self) -> None:
        self.xcoms: dict[str, str] = {}

    def xcom_push(self, key: str, value: str) -> None:
        self.xcoms[key] = value


def test_tasks_are_named_by_title_and_date_and_link_to_both_services(webinar: Webinar) -> None:
    webinar.register("ada")
    world = webinar.world
    world.run(name="r")
    task = world.task("r", "extract")
    read, written = webinars.read_by_batch(task, 0), webinars.written_by_batch(world.task("r", "load_members"), 0)
    assert read.label == written.label and "2026)" in read.label
    assert read.session_url == written.session_url and "/p/" in read.session_url
    campaign = world.record("Campaign")["Id"]
    assert written.campaign_url == f"{world.sandbox.salesforce_url}/{campaign}"
    assert webinars.read_by_batch(task, 7).label == "no webinar"
    context = {"ti": Instance()}
    operator_links.show_webinars(context, written)  # type: ignore[arg-type]
    assert context["label"] == written.label  # type: ignore[comparison-overlap]
    assert context["ti"].xcoms[operator_links.CAMPAIGN_URL] == written.campaign_url


def test_a_label_holds_no_address_and_a_button_leads_to_a_web_page(webinar: Webinar) -> None:
    """Airflow stores and shows both; a title and a link are what somebody entered in Livestorm."""
    webinar.register("ada")
    webinar.world.run(name="r")
    task = webinar.world.task("r", "extract")
    entered = {"title": "Demo for Ada <ada.q7x@acme.example>", "registration_link": "javascript:alert(1)"}
    task.folder.write("events", task.folder.read("events").assign(**entered))
    found = webinars.read_by_batch(task, 0)
    assert found.label.startswith("Demo for Ada …") and "q7x" not in found.label
    assert found.session_url == ""


def test_asset_events_have_the_counts_of_written_objects_only(webinar: Webinar) -> None:
    webinar.register("ada")
    report = webinar.world.run(name="r")
    added: list[tuple[str, dict[str, object]]] = []

    class Events(dict):  # type: ignore[type-arg]
        def __missing__(self, key: object) -> Events:
            return self

        def add(self, asset: object, extra: dict[str, object]) -> None:
            added.append((asset.name, extra))  # type: ignore[attr-defined]

    assets.add_events({"outlet_events": Events()}, report)  # type: ignore[typeddict-item]
    assert {name for name, _ in added} == {"salesforce_campaign", "salesforce_lead", "salesforce_campaignmember"}
    assert dict(added)["salesforce_lead"] == {"created": 1, "updated": 0, "run_id": "r", "verdict": "ok"}
    added.clear()
    assets.add_events({"outlet_events": Events()}, webinar.world.run())  # type: ignore[typeddict-item]
    assert added == []

"""The connection forms and *Test* buttons of Airflow."""

from __future__ import annotations

import json

import pytest
from airflow.providers_manager import ProvidersManager
from airflow.sdk import Connection
from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime

from livestorm_salesforce.clients.livestorm import LivestormHook
from livestorm_salesforce.clients.salesforce import SalesforceClientHook
from livestorm_salesforce.orchestration.provider import PACKAGE, get_provider_info


def test_the_entry_point_registers_this_provider():
    assert ProvidersManager().providers[PACKAGE].data["name"] == get_provider_info()["name"]


def test_both_connection_types_use_our_hooks():
    hooks = ProvidersManagerTaskRuntime().hooks
    names = {kind: hooks[kind].hook_class_name.rsplit(".", 1)[1] for kind in ("livestorm", "salesforce")}
    assert names == {"livestorm": "LivestormHook", "salesforce": "SalesforceClientHook"}


def test_the_form_hides_unused_fields_and_labels_the_others():
    manager = ProvidersManager()
    livestorm = manager.field_behaviours["livestorm"]
    assert livestorm["relabeling"] == {"password": "API token", "host": "Base URL"}
    assert set(livestorm["hidden_fields"]) == {"schema", "port", "login", "extra"}
    fields = {
        name.removeprefix("extra__salesforce__") for name in manager.connection_form_widgets if "salesforce" in name
    }
    assert {"ca_bundle", "mapping", "consumer_key", "consumer_secret", "instance_url", "version"} <= fields


@pytest.mark.parametrize(("kind", "hook"), [("livestorm", LivestormHook), ("salesforce", SalesforceClientHook)])
def test_the_test_button_creates_our_hook(monkeypatch, kind, hook):
    monkeypatch.setenv("AIRFLOW_CONN_SOME_ID", json.dumps({"conn_type": kind, "password": "Bearer x"}))
    made = Connection.get("some_id").get_hook()
    assert isinstance(made, hook) and made.conn_id == "some_id"

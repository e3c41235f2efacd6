"""Dashboard and alert rules use metrics that exist, and the exporter's mapping covers every documented name."""

from __future__ import annotations

import json
import re

import pytest
from ruamel.yaml import YAML

from tests.packaging.pages import OPERATE, ROOT, table

FOLDER = ROOT / "monitoring"
MAPPINGS = YAML(typ="safe").load(FOLDER / "statsd-mapping.yaml")["mappings"]
RULES = YAML(typ="safe").load(FOLDER / "alerts.yaml")["groups"][0]["rules"]
PANELS = json.loads((FOLDER / "grafana-dashboard.json").read_text("utf-8"))["panels"]
EXPRESSIONS = [rule["expr"] for rule in RULES] + [target["expr"] for panel in PANELS for target in panel["targets"]]


def test_the_mapping_of_the_exporter_has_every_documented_name() -> None:
    documented = {re.sub(r"<[^>]+>", "*", name.strip("`")) for name, _, _ in table(OPERATE / "metrics.md", "Name")}
    assert {one["match"].removeprefix("airflow.livestorm_sync.") for one in MAPPINGS} == documented


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions_use_existing_metrics_and_labels(expression: str) -> None:
    labels = {one["name"]: set(one.get("labels", {})) for one in MAPPINGS}
    names = re.findall(r"livestorm_sync_\w+", expression)
    assert names
    for name in names:
        base = re.sub(r"_(sum|count|bucket)$", "", name) if name not in labels else name
        assert base in labels
        used = set(re.findall(r"(\w+)=~?\"", expression)) | set(re.findall(r"by \(([^)]*)\)", expression))
        assert {word for group in used for word in re.split(r", *", group)} <= labels[base]


def test_every_metric_is_on_the_dashboard() -> None:
    shown = " ".join(target["expr"] for panel in PANELS for target in panel["targets"])
    assert [one["name"] for one in MAPPINGS if one["name"] not in shown] == []


def test_every_alert_names_a_remedy() -> None:
    assert all(rule["annotations"]["remedy"] for rule in RULES)

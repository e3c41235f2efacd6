"""Tables of the documentation equal the code: settings, params, mapping keys, attributes, messages, codes."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from livestorm_salesforce.config import Mapping, Settings, attributes, load_mapping
from livestorm_salesforce.config.sections import EventRules, ReplayRules, StatusMap
from livestorm_salesforce.config.settings import PREFIX
from livestorm_salesforce.domain.report.accounting import BUCKETS
from livestorm_salesforce.domain.report.document import VERDICTS
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.problems import REMEDIES
from tests.packaging.pages import (
    DOCS,
    GUIDE,
    NAMES,
    OPERATE,
    PAGES,
    PARSED,
    PRODUCT,
    REFERENCE,
    ROOT,
    blocks,
    code_words,
    plain,
    table,
)
from tests.unit.test_imports import LAYERS

MAPPING_GUIDE = (GUIDE / "mapping.md").read_text("utf-8")
EXAMPLES = blocks(MAPPING_GUIDE, "yaml")


def test_the_settings_table_is_complete_and_its_defaults_are_right() -> None:
    documented = {plain(name): plain(default) for name, default, _ in table(REFERENCE / "settings.md", "Variable")}
    defaults = {f"{PREFIX}{name.upper()}": field.default for name, field in Settings.model_fields.items()}
    expected = {name: "" if default is None else str(default) for name, default in defaults.items()}
    assert documented == {**PARSED, **expected}


def dag_params() -> dict[str, dict[str, ast.expr]]:
    """DAG id to the names and defaults of its PARAMS, read from the source: these tests do not import Airflow."""
    found: dict[str, dict[str, ast.expr]] = {}
    for path in (ROOT / "dags").glob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and [ast.unparse(name) for name in node.targets] == ["PARAMS"]:
                assert isinstance(node.value, ast.Dict)
                keys = [ast.literal_eval(key) for key in node.value.keys if key]
                found[path.stem] = dict(zip(keys, node.value.values, strict=True))
    return found


PARAMS = dag_params()
SHOWN_DEFAULTS = {"[]": "all", "None": "none", "False": "off"}


def test_the_params_of_the_trigger_form_are_documented_with_their_defaults() -> None:
    documented = {plain(name): plain(default) for name, default, _ in table(GUIDE / "running.md", "Param")}
    expected = {}
    for name, call in PARAMS["livestorm_to_salesforce"].items():
        assert isinstance(call, ast.Call)
        default = ast.unparse(call.args[0])
        expected[name] = SHOWN_DEFAULTS.get(default, default.strip("'"))
    assert documented == expected


def test_every_dag_and_its_params_are_in_the_guide() -> None:
    words = code_words((GUIDE / "running.md").read_text("utf-8") + (GUIDE / "corrections.md").read_text("utf-8"))
    assert set(PARAMS) <= words
    for dag_id, params in PARAMS.items():
        assert set(params) <= words, dag_id


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[0])
def test_the_loader_accepts_the_mapping_examples(example: str, tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(example)
    assert load_mapping(file) != Mapping()


def test_the_example_of_a_mistake_is_the_message_of_the_loader(tmp_path: Path) -> None:
    (shown,) = [block for block in blocks(MAPPING_GUIDE, "text") if "did you mean" in block]
    line = int(shown.split(":")[1])
    file = tmp_path / "mapping.yaml"
    file.write_text("#\n" * (line - 2) + "lead:\n  Title: jobtitle\n")
    with pytest.raises(ConfigError) as caught:
        load_mapping(file)
    assert shown.strip().removeprefix("mapping.yaml") in str(caught.value)


def test_the_table_of_mapping_keys_is_complete() -> None:
    rows = table(REFERENCE / "mapping-keys.md", "Key")
    documented = {key for keys, _, _ in rows for key in re.findall(r"`([\w.]+)`", keys)}
    sections = {key.split(".")[0] for key in documented if "." in key}
    expected = {
        f"{name}.{key}" if name in sections else name
        for name, field in Mapping.model_fields.items()
        for key in (field.annotation.model_fields if name in sections else [""])
    }
    assert documented == expected


def test_groups_of_mapping_keys_are_complete() -> None:
    groups = {plain(keys): meaning for keys, _, meaning in table(REFERENCE / "mapping-keys.md", "Key")}
    for name, model in {"events": EventRules, "replay": ReplayRules, "campaign.status": StatusMap}.items():
        assert set(model.model_fields) <= set(re.findall(r"`(\w+)`", groups[name])), name


def test_the_attribute_table_is_complete() -> None:
    rows = table(REFERENCE / "mapping-keys.md", "Used in")
    documented = [set(re.findall(r"`([a-z_]+)`", names)) for _, names in rows]
    scopes = [attributes.PERSON, attributes.REGISTRATION, attributes.ENGAGEMENT, attributes.SESSION]
    assert documented == [set(scope) for scope in scopes]


def test_quoted_messages_are_messages_of_the_product() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in [*PRODUCT.rglob("*.py"), *(ROOT / "dags").glob("*.py")])
    rows = [
        words for message, _ in table(OPERATE / "troubleshooting.md", "Message")
        for words in re.findall(r"`([^`]+)`", message)
    ]  # fmt: skip
    assert len(rows) > 5
    assert [row for row in rows if row not in sources] == []


def test_documented_codes_have_a_remedy() -> None:
    codes = {plain(code) for code, _ in table(GUIDE / "reports.md", "Code of a refused row")}
    assert codes <= set(REMEDIES)


@pytest.mark.parametrize("page", [page for page in PAGES if DOCS in page.parents], ids=NAMES.get)
def test_every_code_that_is_named_is_a_code_of_the_report(page: Path) -> None:
    named = {word for word in code_words(page.read_text("utf-8")) if re.fullmatch(r"[A-Z]+(_[A-Z]+)+", word)}
    named -= {"QUERY_TOO_COMPLICATED"}
    assert {word for word in named if not word.startswith((PREFIX, "AIRFLOW_"))} <= set(REMEDIES)


def test_the_guide_explains_every_bucket_and_verdict_of_the_report() -> None:
    words = set(re.findall(r"\*([a-z]+)\*", (GUIDE / "reports.md").read_text("utf-8")))
    assert {*BUCKETS, *VERDICTS} <= words


def test_the_main_text_of_the_guide_contains_no_rule_codes() -> None:
    rules = (GUIDE / "rules.md").read_text("utf-8").split("## Sources and tests")[0]
    others = [page.read_text("utf-8") for page in GUIDE.glob("*.md") if page.name != "rules.md"]
    assert [text for text in [rules, *others] if re.search(r"\b[RQ]\d{1,2}[a-z]?\b", text)] == []


def test_the_guide_names_every_folder_of_case_files() -> None:
    folders = {path.name for path in (ROOT / "tests" / "unit" / "domain" / "cases").iterdir() if path.is_dir()}
    named = {name for _, _, cell in table(GUIDE / "rules.md", "Statement") for name in re.findall(r"`(\w+)`", cell)}
    assert named == folders


def test_the_architecture_page_lists_every_package_in_the_order_of_imports() -> None:
    existing = [layer for layer in LAYERS if (PRODUCT / layer).is_dir() or (PRODUCT / f"{layer}.py").exists()]
    rows = table(REFERENCE / "architecture.md", "Package")
    documented = [name.removesuffix(".py") for cell, _ in rows for name in re.findall(r"`([\w.]+)`", cell)]
    assert documented == existing

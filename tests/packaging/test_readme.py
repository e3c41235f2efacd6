"""README tells all there is, and tells it right: settings, DAGs, params, mapping, messages, words of the report."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from livestorm_salesforce.config import Mapping, Settings, attributes, load_mapping
from livestorm_salesforce.config.settings import PREFIX
from livestorm_salesforce.domain.report.accounting import BUCKETS
from livestorm_salesforce.domain.report.summary import VERDICTS
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.problems import REMEDIES
from tests.packaging.pages import PRODUCT, ROOT, SCHEDULE, TEXT, blocks, code_words, plain, section, table


def test_the_settings_table_is_complete_and_its_defaults_are_right() -> None:
    told = {plain(name): plain(default) for name, default, _ in table("variable")}
    fields = Settings.model_fields
    expected = {f"{PREFIX}{name.upper()}": _shown(field.default) for name, field in fields.items()}
    assert told == {SCHEDULE: "@hourly", **expected}


def _shown(default: object) -> str:
    return "" if default is None else str(default)


def test_the_dag_reads_its_schedule_as_told() -> None:
    source = (ROOT / "dags" / "livestorm_to_salesforce.py").read_text()
    assert f'os.environ.get("{SCHEDULE}", "@hourly")' in source


def dag_params() -> dict[str, dict[str, ast.expr]]:
    """DAG id to the names and defaults of its PARAMS, read from the source: nothing here needs Airflow."""
    found = {}
    for path in (ROOT / "dags").glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign) and [ast.unparse(name) for name in node.targets] == ["PARAMS"]:
                found[path.stem] = {ast.literal_eval(key): value for key, value in _items(node.value)}
    return found


def _items(node: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    assert isinstance(node, ast.Dict)
    return list(zip(node.keys, node.values, strict=True))


PARAMS = dag_params()
SHOWN_DEFAULTS = {"[]": "all", "None": "none", "False": "off"}


def test_every_dag_is_told_and_no_other() -> None:
    told = {word for word in code_words(TEXT) if re.fullmatch(r"livestorm_(to_)?salesforce\w*", word)}
    assert told - {"livestorm_salesforce"} == set(PARAMS) == {path.stem for path in (ROOT / "dags").glob("*.py")}


def test_the_trigger_forms_params_are_told_with_their_defaults() -> None:
    told = {plain(name): plain(default) for name, default, _ in table("param")}
    expected = {}
    for name, call in PARAMS["livestorm_to_salesforce"].items():
        default = ast.unparse(call.args[0])
        expected[name] = SHOWN_DEFAULTS.get(default, default.strip("'"))
    assert told == expected


def test_params_of_the_other_dags_are_told() -> None:
    words = code_words(section("### The trigger form"))
    for dag_id, params in PARAMS.items():
        assert set(params) <= words, dag_id


@pytest.mark.parametrize("number", range(len(blocks(TEXT, "yaml"))))
def test_mapping_examples_are_read_by_the_loader(number: int, tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(blocks(TEXT, "yaml")[number])
    assert load_mapping(file) != Mapping()


def test_the_examples_show_every_section_of_the_mapping() -> None:
    shown = {line.split(":")[0] for block in blocks(TEXT, "yaml") for line in block.splitlines() if line[:1].isalpha()}
    assert set(Mapping.model_fields) - {"fallback"} <= shown


def test_a_section_that_is_left_out_is_as_in_the_file_supplied() -> None:
    assert load_mapping() == Mapping()


def test_the_example_of_a_mistake_is_what_the_loader_says(tmp_path: Path) -> None:
    (told,) = [block for block in blocks(TEXT, "text") if "did you mean" in block]
    line = int(told.split(":")[1])
    file = tmp_path / "mapping.yaml"
    file.write_text("#\n" * (line - 2) + "lead:\n  Title: jobtitle\n")
    with pytest.raises(ConfigError) as caught:
        load_mapping(file)
    assert told.strip().removeprefix("mapping.yaml") in str(caught.value)


def test_the_attribute_table_is_complete() -> None:
    told = [tuple(re.findall(r"`([a-z_]+)`", names)) for _, names in table("for")]
    scopes = [attributes.PERSON, attributes.REGISTRATION, attributes.ENGAGEMENT, attributes.SESSION]
    assert [set(names) for names in told] == [set(scope) for scope in scopes]


def test_messages_that_are_quoted_are_messages_of_the_product() -> None:
    sources = "\n".join(path.read_text() for folder in (PRODUCT, ROOT / "dags") for path in folder.rglob("*.py"))
    rows = [words for message, _ in table("what you see") for words in re.findall(r"`([^`]+)`", message)]
    assert len(rows) > 5
    assert [row for row in rows if row not in sources] == []


def test_codes_that_are_explained_have_a_remedy() -> None:
    codes = {plain(code) for code, _ in table("code of a refused row")}
    assert codes <= set(REMEDIES)


def test_the_report_is_explained_in_its_own_words() -> None:
    words = set(re.findall(r"\*([a-z]+)\*", section("### The report")))
    assert {*BUCKETS, *VERDICTS} <= words

"""The import rules of the code layout (docs/reference/architecture.md).

The rules are checked on the source text, so imports inside functions and for type checkers are found too.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAME = "livestorm_salesforce"
PRODUCT = ROOT / "include" / NAME

#: Each package and module may import those before it in its list.
LAYERS = (
    "clock", "errors", "enums", "problems", "number_text", "config", "clients", "domain", "atomic_files", "json_lines",
    "storage_paths", "storage", "csv_export", "state", "runs", "readers", "writers", "tasks", "web",
    "orchestration", "cli",
)  # fmt: skip
DOMAIN_LAYERS = ("shared", "sessions", "registrants", "plan", "report", "audit")

CLOCK = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "Timestamp.now", "Timestamp.utcnow",
         "Timestamp.today", "time.time", "time.monotonic", "time.sleep")  # fmt: skip
NETWORK = ("requests", "urllib.request", "urllib3", "http.client", "httpx", "aiohttp", "socket", "ssl", "smtplib",
           "simple_salesforce", "tenacity", "fsspec")  # fmt: skip
FILES = ("open", "print", "to_csv", "read_csv", "to_parquet", "read_parquet", "to_json", "read_json")


@dataclass(frozen=True)
class Rule:
    """Files under `folder` must not import `modules` (nor what is below them), nor use `names`."""

    folder: str
    modules: tuple[str, ...]
    remedy: str
    names: tuple[str, ...] = ()
    in_functions_allowed: bool = False


RULES = [
    Rule(
        f"include/{NAME}/domain",
        (f"{NAME}.clients", f"{NAME}.storage", f"{NAME}.clock", "airflow", "os", "time", "sys", "subprocess",
         "threading", "asyncio", "pathlib", "io", "csv", "jinja2", "pyarrow.parquet", "random", "uuid", "logging",
         *NETWORK),
        "domain makes decisions and performs no I/O: pass what it needs (`now` too) as an argument",
        (*CLOCK, "os.environ", "os.getenv", *FILES),
    ),
    Rule(
        f"include/{NAME}/clients",
        ("pandas", "numpy", "pyarrow", f"{NAME}.domain"),
        "clients return lists and dictionaries: make frames of them in readers/ or domain/",
    ),
    Rule(f"include/{NAME}/config", ("airflow", "pandas", *NETWORK), "config knows only errors and its own models"),
    Rule(
        "dags",
        (f"{NAME}.tasks", f"{NAME}.domain", f"{NAME}.clients", "pandas", "pyarrow", "requests"),
        "Airflow parses DAG files again and again: import it inside the task's function",
        in_functions_allowed=True,
    ),
    Rule(
        f"include/{NAME}",
        ("service_sandbox", "tests", "scripts", "benchmarks", "dags", "plugins"),
        "the product does not know its sandbox, its tests or its scripts",
    ),
    Rule("dags", ("service_sandbox", "tests", "scripts"), "a DAG knows only the product"),
    Rule("sandbox", (NAME, "tests", "dags", "scripts", "benchmarks"), "the sandbox shares no code with the product"),
]  # fmt: skip


def imports(tree: ast.AST, package: str) -> Iterator[tuple[int, str, bool]]:
    """Line, dotted name and whether it is inside a function, of everything that is imported.

    `from a import b` yields `a.b`: b may be a module.
    """
    for node, inside in _walk(tree, False):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name, inside) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{base}.{name.name}", inside) for name in node.names)
        elif isinstance(node, ast.Call) and _dotted(node.func).split(".")[-1] in ("import_module", "__import__"):
            yield from ((node.lineno, str(arg.value), inside) for arg in node.args[:1] if isinstance(arg, ast.Constant))


def _walk(node: ast.AST, inside: bool) -> Iterator[tuple[ast.AST, bool]]:
    yield node, inside
    deeper = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, deeper)


def uses(tree: ast.AST, names: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Line and name of every use of these names: `pd.Timestamp.now` is `Timestamp.now`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            dotted = _dotted(node)
            wanted = [name for name in names if "." in name or name.startswith(("to_", "read_"))]
            yield from ((node.lineno, name) for name in wanted if f".{dotted}".endswith(f".{name}"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node.lineno, node.func.id


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def violations(source: str, rule: Rule, package: str = "") -> list[tuple[int, str]]:
    """Line and name of everything in one file that violates the rule."""
    tree = ast.parse(source)
    imported = [
        (line, name)
        for line, name, inside in imports(tree, package)
        if any(name == module or name.startswith(f"{module}.") for module in rule.modules)
        and not (inside and rule.in_functions_allowed)
    ]
    return sorted({*imported, *uses(tree, rule.names)})


def _files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def _internal() -> Iterator[tuple[tuple[str, ...], int, tuple[str, ...]]]:
    """Importing module, line and imported module, as parts below the package, of all imports inside the product."""
    modules = {_parts(file) for file in PRODUCT.rglob("*.py")}
    for file in sorted(PRODUCT.rglob("*.py")):
        package = ".".join((NAME, *file.relative_to(PRODUCT).parent.parts))
        for line, name, _ in imports(ast.parse(file.read_text("utf-8")), package):
            if name.startswith(f"{NAME}."):
                target = tuple(name.split(".")[1:])
                yield _parts(file), line, target if target in modules else target[:-1]


def _parts(file: Path) -> tuple[str, ...]:
    parts = file.relative_to(PRODUCT).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


@pytest.mark.parametrize("rule", RULES, ids=[f"{rule.folder} not {rule.modules[0]}" for rule in RULES])
def test_no_file_violates_a_rule(rule: Rule) -> None:
    files = _files(rule.folder)
    assert files, f"no Python file under {rule.folder}: has it moved?"
    found = []
    for file in files:
        place = file.relative_to(ROOT)
        package = ".".join(place.parent.parts).removeprefix("include.").removeprefix("sandbox.")
        found += [f"{place}:{line}: {name}" for line, name in violations(file.read_text("utf-8"), rule, package)]
    assert not found, "\n  ".join([f"Remedy: {rule.remedy}.", *found])


def test_every_package_has_its_layer() -> None:
    names = {item.stem for item in PRODUCT.iterdir() if item.suffix == ".py" or (item / "__init__.py").exists()}
    assert names - {"__init__"} <= set(LAYERS)


def test_imports_go_down_the_layers_only() -> None:
    upward = [
        f"{'.'.join(module)}:{line} imports {'.'.join(target)}"
        for module, line, target in _internal()
        if module and target and LAYERS.index(target[0]) > LAYERS.index(module[0])
    ]
    assert not upward, "\n".join(upward)


def test_imports_within_domain_go_down_its_layers_only() -> None:
    upward = [
        f"{'.'.join(module)}:{line} imports {'.'.join(target)}"
        for module, line, target in _internal()
        if module[:1] == target[:1] == ("domain",) and DOMAIN_LAYERS.index(target[1]) > DOMAIN_LAYERS.index(module[1])
    ]
    assert not upward, "\n".join(upward)


def test_no_cycle_between_files() -> None:
    graph: dict[str, set[str]] = {}
    for module, _, target in _internal():
        if module != target:
            graph.setdefault(".".join(module), set()).add(".".join(target))
    # a package's __init__ imports its modules for its users; its modules import their siblings, not the package
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"import cycle: {' -> '.join(error.args[1])}")


def test_domain_can_be_imported_without_airflow_and_network_libraries() -> None:
    """Imported in a fresh interpreter, because this one may hold Airflow already."""
    modules = [".".join((NAME, *_parts(file))) for file in (PRODUCT / "domain").rglob("*.py")]
    heavy = ["airflow", "requests", "simple_salesforce", "jinja2", f"{NAME}.clients", f"{NAME}.tasks"]
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print(' '.join(name for name in {heavy!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "", f"importing domain imports {done.stdout.strip()}"


STRICT = Rule("x", ("airflow", "os", f"{NAME}.clients"), "", (*CLOCK, "os.environ", "open", "to_csv"))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import airflow", ["airflow"]),
        ("import airflow.sdk as sdk", ["airflow.sdk"]),
        ("from airflow.sdk import dag", ["airflow.sdk.dag"]),
        ("def later():\n    import os.path", ["os.path"]),
        (f"from {NAME} import clients", [f"{NAME}.clients"]),
        ("from ..clients import livestorm", [f"{NAME}.clients.livestorm"]),
        ("from .. import clients", [f"{NAME}.clients"]),
        ("import importlib\nimportlib.import_module('airflow.sdk')", ["airflow.sdk"]),
        ("import pandas as pd\npd.Timestamp.now('UTC')", ["Timestamp.now"]),
        ("from datetime import datetime\nclock = datetime.now", ["datetime.now"]),
        ("import datetime\ndatetime.datetime.now()", ["datetime.now"]),
        ("import datetime as dt\ndt.date.today()", ["date.today"]),
        ("import time\ntime.time()", ["time.time"]),
        ("open('x')", ["open"]),
        ("frame.to_csv()", ["to_csv"]),
        ("import osmosis\nfrom airflows import x", []),
        ("now = 1\nreopen = now\nfile.open()", []),
    ],
)
def test_every_kind_of_violation_is_found(source: str, found: list[str]) -> None:
    assert [name for _, name in violations(source, STRICT, f"{NAME}.domain")] == found


def test_an_import_inside_a_function_is_allowed_where_the_rule_says_so() -> None:
    dag = next(rule for rule in RULES if rule.in_functions_allowed)
    inside = f"def task():\n    from {NAME} import tasks\n    return tasks"
    assert violations(inside, dag) == []
    assert violations(f"from {NAME} import tasks\n{inside}", dag) == [(1, f"{NAME}.tasks")]
    assert violations(f"class Task:\n    from {NAME} import tasks", dag) == [(2, f"{NAME}.tasks")]

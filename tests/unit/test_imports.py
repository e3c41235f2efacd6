"""The boundaries of the layout: who may import whom, and what the deciding core must not reach for.

Read from the source, not by importing it, so that a forbidden import inside a function is found too.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = "include/livestorm_salesforce"
OURS = "livestorm_salesforce"


@dataclass(frozen=True)
class Boundary:
    """Files under `folder` must not import `modules` (nor what is below them), nor name `uses`."""

    folder: str
    modules: tuple[str, ...]
    remedy: str
    uses: tuple[str, ...] = ()
    in_functions_allowed: bool = False


CLOCK = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "Timestamp.now", "Timestamp.utcnow",
         "Timestamp.today", "time.time", "time.monotonic", "time.sleep")  # fmt: skip
NETWORK = ("requests", "urllib.request", "urllib3", "http.client", "httpx", "aiohttp", "socket", "ssl", "smtplib",
           "simple_salesforce", "tenacity", "fsspec")  # fmt: skip
BOUNDARIES = [
    Boundary(
        f"{PRODUCT}/domain",
        (f"{OURS}.clients", f"{OURS}.tasks", f"{OURS}.state", f"{OURS}.orchestration", "airflow", "os", "time", "sys",
         "subprocess", "threading", "asyncio", "pathlib", "random", "uuid", "logging", *NETWORK),
        "the core decides and does nothing else: hand it what it needs (`now` too) as an argument, and do the rest in "
        "pipeline/",
        (*CLOCK, "os.environ", "os.getenv", "open", "print"),
    ),
    Boundary(
        f"{PRODUCT}/clients",
        ("pandas", "numpy", "pyarrow", f"{OURS}.domain", f"{OURS}.runs", f"{OURS}.state", f"{OURS}.tasks"),
        "clients speak lists and dictionaries: turn them into frames in pipeline/ or core/",
    ),
    Boundary(
        f"{PRODUCT}/config",
        (f"{OURS}.domain", f"{OURS}.clients", f"{OURS}.tasks", "airflow", "pandas", *NETWORK),
        "config is read by all others and may only know errors.py",
    ),
    Boundary(
        "dags",
        (f"{OURS}.tasks", f"{OURS}.domain", f"{OURS}.clients", "pandas", "pyarrow", "requests"),
        "Airflow parses DAG files again and again: import it inside the task's function",
        in_functions_allowed=True,
    ),
    Boundary(
        PRODUCT,
        ("service_sandbox", "tests", "scripts", "benchmarks", "dags", "plugins"),
        "the product knows neither its stand-ins nor its tests: addresses are settings",
    ),
    Boundary("dags", ("service_sandbox", "tests", "scripts"), "a DAG knows the product only"),
    Boundary(
        "sandbox/service_sandbox",
        (OURS, "tests", "dags", "plugins"),
        "the sandbox is a witness: sharing code with the product, both could share a misreading",
    ),
]  # fmt: skip


def imports(tree: ast.AST, package: str) -> Iterator[tuple[int, str, bool]]:
    """Line, dotted name and whether it stands in a function, of everything that is imported.

    `from a import b` yields `a.b`: b may be a module. Imports for type checkers only are imports too.
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
    """Line and name of every use of these names, however they are reached: `pd.Timestamp.now` is `Timestamp.now`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            dotted = _dotted(node)
            yield from ((node.lineno, name) for name in names if "." in name and f".{dotted}".endswith(f".{name}"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node.lineno, node.func.id


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def breaches(source: str, boundary: Boundary, package: str = "") -> list[tuple[int, str]]:
    """Line and name of all that crosses the boundary in one file."""
    tree = ast.parse(source)
    crossed = [
        (line, name)
        for line, name, inside in imports(tree, package)
        if any(name == module or name.startswith(f"{module}.") for module in boundary.modules)
        and not (inside and boundary.in_functions_allowed)
    ]
    return sorted({*crossed, *uses(tree, boundary.uses)})


def _files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("boundary", BOUNDARIES, ids=[f"{b.folder} not {b.modules[0]}" for b in BOUNDARIES])
def test_nothing_crosses_the_boundary(boundary: Boundary) -> None:
    files = _files(boundary.folder)
    assert files, f"no Python file under {boundary.folder}: has it moved?"
    told = []
    for file in files:
        place = file.relative_to(ROOT)
        package = ".".join(place.parent.parts)
        told += [f"{place}:{line}: {name}" for line, name in breaches(file.read_text("utf-8"), boundary, package)]
    assert not told, "\n  ".join(["Remedy: " + boundary.remedy + ".", *told])


def test_the_core_runs_without_airflow_and_without_the_network() -> None:
    """Imported in a fresh interpreter, because the test's own may hold Airflow already."""
    folder = ROOT / PRODUCT
    files = [file.relative_to(folder.parent).with_suffix("") for file in _files(f"{PRODUCT}/domain")]
    modules = [".".join(file.parts).removesuffix(".__init__") for file in files]
    heavy = ["airflow", "requests", "simple_salesforce", f"{OURS}.clients", f"{OURS}.tasks"]
    code = (
        "import importlib, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print(' '.join(name for name in {heavy!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "", f"importing the core imports {done.stdout.strip()}: see the boundary's remedy"


STRICT = Boundary("x", ("airflow", "os", f"{OURS}.clients"), "", (*CLOCK, "os.environ", "open"))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import airflow", ["airflow"]),
        ("import airflow.sdk as sdk", ["airflow.sdk"]),
        ("from airflow.sdk import dag", ["airflow.sdk.dag"]),
        ("def later():\n    import os.path", ["os.path"]),
        (f"from {OURS} import clients", [f"{OURS}.clients"]),
        ("from ..clients import livestorm", [f"{OURS}.clients.livestorm"]),
        ("from .. import clients", [f"{OURS}.clients"]),
        ("import importlib\nimportlib.import_module('airflow.sdk')", ["airflow.sdk"]),
        ("import pandas as pd\npd.Timestamp.now('UTC')", ["Timestamp.now"]),
        ("from datetime import datetime\nclock = datetime.now", ["datetime.now"]),
        ("import datetime\ndatetime.datetime.now()", ["datetime.now"]),
        ("import datetime as dt\ndt.date.today()", ["date.today"]),
        ("import time\ntime.time()", ["time.time"]),
        ("open('x')", ["open"]),
        ("import osmosis\nfrom airflows import x", []),
        ("now = 1\nreopen = now\nfile.open()", []),
    ],
)
def test_every_way_across_is_seen(source: str, found: list[str]) -> None:
    assert [name for _, name in breaches(source, STRICT, f"{OURS}.domain")] == found


def test_an_import_inside_a_function_is_allowed_where_the_boundary_says_so() -> None:
    dag = next(boundary for boundary in BOUNDARIES if boundary.in_functions_allowed)
    inside = f"def task():\n    from {OURS} import tasks\n    return tasks"
    assert breaches(inside, dag) == []
    assert breaches(f"from {OURS} import tasks\n{inside}", dag) == [(1, f"{OURS}.tasks")]
    assert breaches(f"class Task:\n    from {OURS} import tasks", dag) == [(2, f"{OURS}.tasks")]

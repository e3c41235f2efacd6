"""The imports of the package `service_sandbox`: no cycles, and nothing of the product, the tests or the scripts."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import service_sandbox

ROOT = Path(service_sandbox.__file__).parent
PACKAGE = "service_sandbox"
FORBIDDEN = ("livestorm_salesforce", "airflow", "tests", "scripts", "benchmarks")
Graph = dict[str, set[str]]


def module_name(file: Path) -> str:
    parts = (PACKAGE, *file.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(file): file for file in ROOT.rglob("*.py")}


def imported(file: Path) -> set[str]:
    """Returns all names that a file imports, including imports in functions and under TYPE_CHECKING."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: relative imports are not used in this package"
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            found |= {name if name in MODULES else str(node.module) for name in names}
    return found


def package_of(module: str) -> str:
    return module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]


FILES: Graph = {module: (imported(file) & MODULES.keys()) - {module} for module, file in MODULES.items()}
PACKAGES: Graph = {package_of(module): set() for module in MODULES}
for importer, targets in FILES.items():
    PACKAGES[package_of(importer)] |= {package_of(target) for target in targets} - {package_of(importer)}


def find_cycle(graph: Graph) -> list[str] | None:
    """Returns the nodes of one cycle, or None."""
    done: set[str] = set()

    def visit(node: str, path: list[str]) -> list[str] | None:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return None
        cycles = (visit(target, [*path, node]) for target in sorted(graph.get(node, ())))
        cycle = next((found for found in cycles if found), None)
        done.add(node)
        return cycle

    return next((found for node in sorted(graph) if (found := visit(node, []))), None)


def test_find_cycle_finds_a_cycle() -> None:
    assert find_cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert find_cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None


@pytest.mark.parametrize("graph", [FILES, PACKAGES], ids=["files", "packages"])
def test_imports_have_no_cycle(graph: Graph) -> None:
    cycle = find_cycle(graph)
    assert cycle is None, f"import cycle: {' -> '.join(cycle)}; move the shared code to a package that both may import"


def test_the_package_imports_nothing_of_the_project_that_uses_it() -> None:
    found = {
        f"{module} imports {name}"
        for module, file in MODULES.items()
        for name in imported(file)
        if name.split(".")[0] in FORBIDDEN
    }
    assert found == set()

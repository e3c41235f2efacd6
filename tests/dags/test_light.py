"""Modules that task processes inherit or must not import, checked in new processes."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def output(code: str, *paths: str) -> str:
    """The last line that a new Python process prints."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="only there Airflow forks tasks")
@pytest.mark.parametrize(("component", "has"), [("scheduler", True), ("worker", True), ("api-server", False)])
def test_airflow_preloads_libraries_in_components_that_fork_tasks(component: str, has: bool, tmp_path: Path) -> None:
    local = tmp_path
    (local / "airflow_local_settings.py").write_text(
        "from livestorm_salesforce.orchestration.preload import preload_libraries; preload_libraries()\n"
    )
    code = (
        f"import sys; sys.argv = ['airflow', '{component}']\n"
        "import airflow.settings; airflow.settings.initialize()\n"
        "loaded = lambda: {name for name in sys.modules if not name.startswith('livestorm_salesforce')}\n"
        "before = loaded(); import livestorm_salesforce.tasks.plan, livestorm_salesforce.tasks.report\n"
        "print('pandas' in before, len(loaded() - before))"
    )
    early, later = output(code, str(local)).split()
    assert early == str(has)
    assert (int(later) < 20) == has, f"{later} modules of libraries are left for the task to import"


def test_the_garbage_collector_of_a_task_passes_over_what_is_imported() -> None:
    code = (
        "import gc, pandas; from livestorm_salesforce.orchestration.task_process import collect_garbage_rarely\n"
        "collect_garbage_rarely(); once = gc.get_freeze_count(); collect_garbage_rarely()\n"
        "print(once > 10_000, gc.get_freeze_count() == once, *gc.get_threshold())"
    )
    assert output(code) == "True True 50000 20 20"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc")
def test_a_task_returns_large_freed_arrays_to_the_system() -> None:
    """Half of 100 arrays of 2 MiB are freed; without the setting glibc keeps the holes between the others."""
    code = (
        "from pathlib import Path; from livestorm_salesforce.orchestration.task_process import return_freed_memory\n"
        "resident = lambda: int(Path('/proc/self/statm').read_text().split()[1]) * 4096 / 2**20\n"
        "{}import pyarrow\n"
        "import numpy; first = numpy.ones(3 * 2**20); del first; before = resident()\n"
        "arrays = [numpy.ones(2**18) for _ in range(100)]; kept = arrays[::2]; del arrays\n"
        "print(pyarrow.default_memory_pool().backend_name, resident() - before < 120)"
    )
    assert output(code.format("return_freed_memory(); ")) == "system True"
    assert output(code.format("")).endswith("False")


def test_an_approval_that_is_not_requested_does_not_import_the_pipeline() -> None:
    code = (
        "import sys\n"
        "from livestorm_salesforce.orchestration.plan_approval import PlanApproval\n"
        "PlanApproval(task_id='approve').execute({'params': {'approve': 'never', 'mode': 'apply'}})\n"
        "print([name for name in sys.modules if name == 'pandas' or name.startswith('livestorm_salesforce')])"
    )
    loaded = output(code)
    assert "pandas" not in loaded and "livestorm_salesforce.tasks" not in loaded and "plan_approval" in loaded

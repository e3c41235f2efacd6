"""A stage whose Livestorm answers are handed over in this process: here Salesforce calls are counted, not pages."""

from __future__ import annotations

import pytest

from benchmarks.stage import Stage, fed_directly, no_waiting


@pytest.fixture
def stage(tmp_path):
    """A sandbox with nothing in it, and the product at it."""
    made = Stage(tmp_path)
    with made.open(), no_waiting():
        yield made


@pytest.fixture
def fed(stage):
    """The same; people are handed over without paging, so that 10,000 of them cost no minute."""
    with fed_directly(stage):
        yield stage

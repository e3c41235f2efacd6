"""Metrics of runs, sent to StatsD or OpenTelemetry as Airflow is configured; without a configuration nothing is sent.

The names are documented in docs/operate/metrics.md. They contain counts and times only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pandas as pd

from livestorm_salesforce.clock import Clock
from livestorm_salesforce.enums import Verdict
from livestorm_salesforce.errors import SyncError, TransientError

PREFIX = "livestorm_sync"
#: Quantiles of the latency.
QUANTILES = {"median": 0.5, "p95": 0.95, "max": 1.0}


@contextmanager
def timed(task: str, clock: Clock) -> Iterator[None]:
    """Send the duration of a stage on exit, even after an error. A mapped task counts as one stage."""
    from airflow.sdk.observability import stats

    began = clock.monotonic()
    try:
        yield
    finally:
        stage = task.rstrip("0123456789").rstrip("-")
        stats.timing(f"{PREFIX}.stage.{stage}", (clock.monotonic() - began) * 1000)


@contextmanager
def failure_counted(try_number: int) -> Iterator[None]:
    """Count the run as failed if it ends without a report. An error that Airflow retries counts at a later try only.

    Args:
        try_number: of the task `report`, from 1.
    """
    from airflow.sdk.observability import stats

    try:
        yield
    except BaseException as error:  # also a timeout of Airflow
        is_final = isinstance(error, SyncError) and not isinstance(error, TransientError)
        if is_final or try_number > 1:
            stats.incr(f"{PREFIX}.runs.{Verdict.FAILED}")
        raise


def send_report(report: Mapping[str, Any], latency: pd.Series) -> None:
    """Send the counts of a finished run.

    Args:
        report: the public report.
        latency: seconds from registration to Salesforce of the members that the run created.
    """
    from airflow.sdk.observability import stats

    for name, count in _counters(report).items():
        if count:
            stats.incr(f"{PREFIX}.{name}", count)
    for name, value in (_gauges(report) | _quantiles(latency)).items():
        stats.gauge(f"{PREFIX}.{name}", value)


def _counters(report: Mapping[str, Any]) -> dict[str, int]:
    counts = {f"runs.{report['verdict']}": 1, "rows_read.session": report["sessions"]["read"]}
    counts["rows_read.registrant"] = report["registrants"]
    counts |= {f"registrants.{bucket}": count for bucket, count in report["buckets"].items()}
    counts["rows_rejected"] = report["buckets"].get("refused", 0)
    for problem in report["problems"]:
        name = f"problems.{problem['severity']}"
        counts[name] = counts.get(name, 0) + problem["count"]
    for service in ("livestorm", "salesforce"):
        counts[f"calls_used.{service}"] = report["calls"].get(service) or 0
    if not report["preview"]:
        for sobject, written in report["objects"].items():
            counts |= {f"rows_written.{sobject}.{verb}": count for verb, count in written.items()}
    return counts


def _gauges(report: Mapping[str, Any]) -> dict[str, float]:
    gauges = {}
    if report["monthly_remaining"] is not None:
        gauges["calls_left.livestorm"] = report["monthly_remaining"]
    usage = report["salesforce_usage"]
    if usage:
        gauges["calls_left.salesforce"] = usage["limit"] - usage["used"]
    return gauges


def _quantiles(latency: pd.Series) -> dict[str, float]:
    if latency.empty:
        return {}
    return {f"latency_seconds.{name}": round(float(latency.quantile(at)), 1) for name, at in QUANTILES.items()}

"""A minimal Bulk API 2.0 whose jobs end as a test configures them."""

from __future__ import annotations

import csv
import io
from typing import Any

from tests.integration.clients.scripted import Answer, Asked

JOB = "7505j000000000{}AAA"


def to_csv(header: list[str], rows: list[list[str]]) -> Answer:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([header, *rows])
    return Answer(out.getvalue().encode(), headers={"Content-Type": "text/csv"})


class Bulk:
    """Accepts every row by default.

    Attributes:
        failed: for a row's first cell, the text of its `sf__Error`.
        unprocessed: first cells of rows that are not processed.
        state: how jobs end. polls: number of polls answered with InProgress.
        processed: number of rows that a running job has processed; 0: it does not tell.
        omitted: members of a job's description that are left out.
        trouble: responses used instead, by kind of call, each once.
    """

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.failed: dict[str, str] = {}
        self.unprocessed: set[str] = set()
        self.state, self.message, self.polls = "JobComplete", "", 0
        self.processed: list[int] = []  # at each poll before the end
        self.omitted: set[str] = set()
        self.trouble: dict[str, list[Answer]] = {}
        self.kinds: list[str] = []

    def __call__(self, asked: Asked) -> Answer:
        path = asked.path.removeprefix("/services/data/v67.0/jobs/ingest").strip("/")
        job_id, _, what = path.partition("/")
        kind = what or {"POST": "create", "PATCH": "close", "GET": "poll"}[asked.method]
        self.kinds.append(kind)
        planned = self.trouble.get(kind)
        answer = planned.pop(0) if planned else None
        if answer is None or answer.headers.pop("after", None):
            done = self._do(kind, job_id, asked)
            answer = answer or done
        return answer

    def _do(self, kind: str, job_id: str, asked: Asked) -> Answer:
        if kind == "create":
            return self._create(asked)
        job = self.jobs[job_id]
        if kind == "batches":
            job["data"] = asked.body.decode()
            return Answer(status=201)
        if kind == "close":
            job["state"] = "UploadComplete"
            return Answer(self._info(job))
        if kind == "poll":
            return Answer(self._polled(job))
        return self._result(kind, job)

    def _create(self, asked: Asked) -> Answer:
        job = {"id": JOB.format(len(self.jobs)), "state": "Open", "polls": self.polls, "description": asked.json}
        self.jobs[job["id"]] = job
        return Answer(self._info(job))

    def _polled(self, job: dict[str, Any]) -> dict[str, Any]:
        if job["state"] != "Open":
            job["state"] = "InProgress" if job["polls"] > 0 else self.state
            job["polls"] -= 1
        return self._info(job)

    def _info(self, job: dict[str, Any]) -> dict[str, Any]:
        info = {
            "id": job["id"],
            "state": job["state"],
            "contentUrl": f"services/data/v67.0/jobs/ingest/{job['id']}/batches",
        }
        if job["state"] == "InProgress" and self.processed:
            info["numberRecordsProcessed"] = self.processed.pop(0)
        if job["state"] in ("JobComplete", "Failed", "Aborted"):
            _, rows = self._rows(job)
            left = [row for row in rows if row[0] in self.unprocessed]
            refused = [row for row in rows if row[0] in self.failed]
            info |= {"numberRecordsProcessed": len(rows) - len(left), "numberRecordsFailed": len(refused)}
            info["errorMessage"] = self.message
        for name in self.omitted:
            info.pop(name, None)
        return info

    @staticmethod
    def _rows(job: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
        header, *rows = csv.reader(io.StringIO(job["data"], newline=""))
        return header, rows

    def _result(self, kind: str, job: dict[str, Any]) -> Answer:
        header, rows = self._rows(job)
        rows = rows[::-1]  # the order is not promised
        if kind == "unprocessedrecords":
            return to_csv(header, [row for row in rows if row[0] in self.unprocessed])
        if kind == "failedResults":
            refused = [["", self.failed[row[0]], *row] for row in rows if row[0] in self.failed]
            return to_csv(["sf__Id", "sf__Error", *header], refused)
        taken = [row for row in rows if row[0] not in self.failed and row[0] not in self.unprocessed]
        made = [[f"00Q-{row[0]}", "true", *row] for row in taken]
        return to_csv(["sf__Id", "sf__Created", *header], made)

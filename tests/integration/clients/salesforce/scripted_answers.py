"""Answers of a scripted Salesforce to collections and composite requests."""

from __future__ import annotations

from tests.integration.clients.scripted import Answer, Asked


def done(records: list[dict]) -> dict:
    return {"totalSize": len(records), "done": True, "records": records}


def taken(number: int) -> list[dict]:
    return [{"id": f"00Q{row:012d}AAA", "success": True, "errors": []} for row in range(number)]


def echo(asked: Asked) -> Answer:
    """Accepts everything: collections alone or in a composite request, and queries."""
    if asked.path.endswith("/composite"):
        parts = [
            {"referenceId": part["referenceId"], "httpStatusCode": 200, "httpHeaders": {}, "body": echo_part(part)}
            for part in asked.json["compositeRequest"]
        ]
        return Answer({"compositeResponse": parts})
    return Answer(taken(len(asked.json["records"])) if asked.body else done([]))


def echo_part(part: dict) -> object:
    return taken(len(part["body"]["records"])) if "body" in part else done([])


def people(number: int) -> list[dict]:
    return [{"LastName": f"n{row}"} for row in range(number)]

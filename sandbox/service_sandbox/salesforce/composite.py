"""`composite`: up to 25 calls in one, in order, later ones naming results of earlier ones; and `composite/batch`."""

import json
import re
from typing import Any
from urllib.parse import quote, urlsplit

from service_sandbox.salesforce.call import Call, Reply, Router
from service_sandbox.salesforce.errors import ApiError, bad_json

DESCRIBES = "composite.describe"
MOST = 25
MOST_HEAVY = 5
_REFERENCE = re.compile(r"@\{([^{}]+)\}")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")


def routes(router: Router) -> None:
    """Paths of this module."""
    router.add("/composite", since=38, POST=("composite", composite))
    router.add("/composite/batch", since=34, POST=("composite.batch", batch))


class BadReference(Exception):
    """A `@{...}` that leads nowhere; fails its subrequest only."""


def composite(service: Any, call: Call) -> Reply:
    """Run the subrequests one after the other; each has its own status, the whole is 200."""
    call.params()
    data = call.json("allOrNone", "collateSubrequests", "compositeRequest")
    requests = data.get("compositeRequest")
    if not isinstance(requests, list) or not requests:
        raise bad_json("The compositeRequest property must be a list of subrequests")
    _check(service, requests)
    if data.get("allOrNone"):
        return _all_or_none(service, call, requests)
    return Reply(200, {"compositeResponse": _run_all(service, call, requests)}, kind=_kind(service, requests))


def _kind(service: Any, requests: list[dict[str, Any]]) -> str:
    """`composite.describe` if nothing else was asked for: it is what clients do once in a while, not in each run."""
    kinds = {service.kind(str(one["method"]).upper(), urlsplit(str(one["url"])).path) for one in requests}
    return DESCRIBES if kinds == {"describe"} else ""


def _check(service: Any, requests: list[Any]) -> None:
    if len(requests) > MOST:
        message = f"The request can't contain more than {MOST} subrequests."
        raise ApiError(400, "LIMIT_EXCEEDED", message)
    names: set[str] = set()
    heavy = 0
    for one in requests:
        if not isinstance(one, dict) or not {"method", "url", "referenceId"} <= one.keys():
            raise bad_json("A subrequest needs method, url and referenceId")
        if extra := one.keys() - {"method", "url", "referenceId", "body", "httpHeaders"}:
            raise bad_json(f'Unrecognized field "{min(extra)}" in a subrequest')
        name = str(one["referenceId"])
        if not _NAME.fullmatch(name) or name in names:
            message = (f"Provided referenceId ('{name}') must be unique, must start with a letter or a number, and it "
                       "can contain only letters, numbers and underscores ('_').")  # fmt: skip
            raise ApiError(400, "INVALID_INPUT", message)
        names.add(name)
        kind = service.kind(str(one["method"]).upper(), urlsplit(str(one["url"])).path)
        heavy += kind.startswith(("query", "collections"))
    if heavy > MOST_HEAVY:
        message = f"The request can't contain more than {MOST_HEAVY} query or sObject Collections subrequests."
        raise ApiError(400, "LIMIT_EXCEEDED", message)


def _run_all(service: Any, call: Call, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    bodies: dict[str, Any] = {}
    return [_run(service, call, one, bodies) for one in requests]


def _run(service: Any, call: Call, request: dict[str, Any], bodies: dict[str, Any]) -> dict[str, Any]:
    name = request["referenceId"]
    try:
        url = _fill(str(request["url"]), bodies, in_url=True)
        body = _fill(request.get("body"), bodies)
    except BadReference as error:
        refused = [{"errorCode": "PROCESSING_HALTED", "message": str(error)}]
        return {"body": refused, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": name}
    reply = service.answer(subcall(call, str(request["method"]), url, body, request.get("httpHeaders")))
    if reply.status < 300:
        bodies[name] = reply.body
    headers = {key: value for key, value in reply.headers.items() if key == "Location"}
    return {"body": reply.body, "httpHeaders": headers, "httpStatusCode": reply.status, "referenceId": name}


def subcall(call: Call, method: str, url: str, body: Any, headers: dict[str, str] | None) -> Call:
    """A subrequest as a call of its own, with the outer call's user and `Sforce-` headers."""
    parts = urlsplit(quote(url, safe="%/:?=&+!*'(),;@~$[]-._"))
    outer = {key: value for key, value in call.headers.items() if key.lower().startswith("sforce-")}
    own = {key.lower(): str(value) for key, value in (headers or {}).items()}
    sent = b"" if body is None else json.dumps(body).encode()
    path = parts.path if parts.path.startswith("/services/data/") else f"/services/data/{parts.path.lstrip('/')}"
    headers_sent = {"content-type": "application/json", **outer, **own}
    return Call(method.upper(), path, parts.query, headers_sent, sent, call.user, call.version, True, call.short_page)


def _fill(value: Any, bodies: dict[str, Any], *, in_url: bool = False) -> Any:
    """Replace every `@{ref.path}`; one that is the whole text keeps the type of what it names."""
    if isinstance(value, dict):
        return {key: _fill(one, bodies) for key, one in value.items()}
    if isinstance(value, list):
        return [_fill(one, bodies) for one in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole and not in_url:
        return _look_up(whole[1], bodies)

    def text(match: re.Match[str]) -> str:
        found = str(_look_up(match[1], bodies))
        return quote(found, safe="") if in_url else found

    return _REFERENCE.sub(text, value)


def _look_up(path: str, bodies: dict[str, Any]) -> Any:
    name, *steps = [word or int(number) for word, number in _STEP.findall(path)]
    if name not in bodies:
        raise BadReference(f"Invalid reference specified. No value for {path} found in {name}")
    found = bodies[name]
    for step in steps:
        try:
            found = found[step] if isinstance(step, int) else _key(found, step)
        except (KeyError, IndexError, TypeError):
            raise BadReference(f"Invalid reference specified. No value for {path} found in {name}") from None
    return found


def _key(data: Any, key: str) -> Any:
    return data[key] if key in data else next(value for name, value in data.items() if name.lower() == key.lower())


class _Undo(Exception):
    pass


def _all_or_none(service: Any, call: Call, requests: list[dict[str, Any]]) -> Reply:
    """One transaction: when a subrequest fails, nothing stays and the innocent ones are marked as rolled back."""
    answers: list[dict[str, Any]] = []
    try:
        with service.org.writes.held(), service.org.store.transaction():
            bodies: dict[str, Any] = {}
            for one in requests:
                answers.append(_run(service, call, one, bodies))
                if answers[-1]["httpStatusCode"] >= 400:
                    raise _Undo
    except _Undo:
        service.org.forget_statuses()
        failed = answers[-1]
        message = "The transaction was rolled back since another operation in the same transaction failed."
        halted = {"errorCode": "PROCESSING_HALTED", "message": message}
        answers = [failed if one["referenceId"] == failed["referenceId"] else
                   {"body": [halted], "httpHeaders": {}, "httpStatusCode": 400, "referenceId": one["referenceId"]}
                   for one in requests]  # fmt: skip
    return Reply(200, {"compositeResponse": answers})


def batch(service: Any, call: Call) -> Reply:
    """Independent subrequests; each counts as a call of its own."""
    call.params()
    data = call.json("batchRequests", "haltOnError")
    requests = data.get("batchRequests")
    if not isinstance(requests, list) or not requests:
        raise bad_json("The batchRequests property must be a list of subrequests")
    if not all(isinstance(one, dict) and {"method", "url"} <= one.keys() for one in requests):
        raise bad_json("A subrequest needs method and url")
    if len(requests) > MOST:
        raise ApiError(400, "LIMIT_EXCEEDED", f"The request can't contain more than {MOST} subrequests.")
    results, halted = [], False
    for at, one in enumerate(requests):
        if halted:
            skipped = {"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}
            results.append({"statusCode": 412, "result": [skipped]})
            continue
        if at:
            service.limits.spend()
        reply = service.answer(subcall(call, str(one["method"]), str(one["url"]), one.get("richInput"), None))
        halted = reply.status >= 400 and bool(data.get("haltOnError"))
        results.append({"statusCode": reply.status, "result": reply.body})
    return Reply(200, {"hasErrors": any(one["statusCode"] >= 400 for one in results), "results": results})

"""`composite`: up to 25 subrequests in one call, which may refer to results of earlier ones."""

import json
import re
from typing import Any
from urllib.parse import quote, urlsplit

from service_sandbox.salesforce.model.errors import ApiError, bad_json
from service_sandbox.salesforce.rest.call import Call, Reply, Router

DESCRIBES = "composite.describe"
MOST_SUBREQUESTS = 25
MOST_HEAVY = 5
_REFERENCE = re.compile(r"@\{([^{}]+)\}")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")


def routes(router: Router) -> None:
    """Adds the routes of this module."""
    router.add("/composite", since=38, POST=("composite", composite))


class InvalidReference(Exception):
    """A reference `@{...}` has no value; only its subrequest fails."""


def composite(service: Any, call: Call) -> Reply:
    """`POST /composite`: runs the subrequests in order; each has its own status, the response is always 200."""
    call.params()
    data = call.json("allOrNone", "collateSubrequests", "compositeRequest")
    requests = data.get("compositeRequest")
    if not isinstance(requests, list) or not requests:
        raise bad_json("The compositeRequest property must be a list of subrequests")
    _check(service, requests)
    if data.get("allOrNone"):
        return _all_or_none(service, call, requests)
    return Reply(200, {"compositeResponse": _run_all(service, call, requests)}, call_type=_call_type(service, requests))


def _call_type(service: Any, requests: list[dict[str, Any]]) -> str:
    """Returns `composite.describe` if all subrequests are describe calls, which clients make only occasionally."""
    call_types = {service.call_type(str(one["method"]).upper(), urlsplit(str(one["url"])).path) for one in requests}
    return DESCRIBES if call_types == {"describe"} else ""


def _check(service: Any, requests: list[Any]) -> None:
    if len(requests) > MOST_SUBREQUESTS:
        message = f"The request can't contain more than {MOST_SUBREQUESTS} subrequests."
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
        call_type = service.call_type(str(one["method"]).upper(), urlsplit(str(one["url"])).path)
        heavy += call_type.startswith(("query", "collections"))
    if heavy > MOST_HEAVY:
        message = f"The request can't contain more than {MOST_HEAVY} query or sObject Collections subrequests."
        raise ApiError(400, "LIMIT_EXCEEDED", message)


def _run_all(service: Any, call: Call, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    bodies: dict[str, Any] = {}
    return [_run(service, call, one, bodies) for one in requests]


def _run(service: Any, call: Call, request: dict[str, Any], bodies: dict[str, Any]) -> dict[str, Any]:
    name = request["referenceId"]
    try:
        url = _resolve(str(request["url"]), bodies, in_url=True)
        body = _resolve(request.get("body"), bodies)
    except InvalidReference as error:
        halted = [{"errorCode": "PROCESSING_HALTED", "message": str(error)}]
        return {"body": halted, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": name}
    reply = service.respond(subcall(call, str(request["method"]), url, body, request.get("httpHeaders")))
    if reply.status < 300:
        bodies[name] = reply.body
    headers = {key: value for key, value in reply.headers.items() if key == "Location"}
    return {"body": reply.body, "httpHeaders": headers, "httpStatusCode": reply.status, "referenceId": name}


def subcall(call: Call, method: str, url: str, body: Any, headers: dict[str, str] | None) -> Call:
    """Returns a subrequest as a call, with the user and the `Sforce-` headers of the outer call."""
    parts = urlsplit(quote(url, safe="%/:?=&+!*'(),;@~$[]-._"))
    outer = {key: value for key, value in call.headers.items() if key.lower().startswith("sforce-")}
    own = {key.lower(): str(value) for key, value in (headers or {}).items()}
    sent = b"" if body is None else json.dumps(body).encode()
    path = parts.path if parts.path.startswith("/services/data/") else f"/services/data/{parts.path.lstrip('/')}"
    headers_sent = {"content-type": "application/json", **outer, **own}
    return Call(method.upper(), path, parts.query, headers_sent, sent, call.user, call.version, True, call.short_page)


def _resolve(value: Any, bodies: dict[str, Any], *, in_url: bool = False) -> Any:
    """Replaces references `@{ref.path}`. A reference that is the whole text keeps the type of its value."""
    if isinstance(value, dict):
        return {key: _resolve(one, bodies) for key, one in value.items()}
    if isinstance(value, list):
        return [_resolve(one, bodies) for one in value]
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
    steps: list[str | int] = [word or int(number) for word, number in _STEP.findall(path)]
    name = str(steps.pop(0))
    if name not in bodies:
        raise InvalidReference(f"Invalid reference specified. No value for {path} found in {name}")
    found = bodies[name]
    for step in steps:
        try:
            found = found[step] if isinstance(step, int) else _key(found, step)
        except (KeyError, IndexError, TypeError):
            raise InvalidReference(f"Invalid reference specified. No value for {path} found in {name}") from None
    return found


def _key(data: Any, key: str) -> Any:
    return data[key] if key in data else next(value for name, value in data.items() if name.lower() == key.lower())


class _Rollback(Exception):
    pass


def _all_or_none(service: Any, call: Call, requests: list[dict[str, Any]]) -> Reply:
    """Runs the subrequests in one transaction; if one fails, all others are rolled back."""
    answers: list[dict[str, Any]] = []
    try:
        with service.org.writes.transaction(), service.org.store.transaction():
            bodies: dict[str, Any] = {}
            for one in requests:
                answers.append(_run(service, call, one, bodies))
                if answers[-1]["httpStatusCode"] >= 400:
                    raise _Rollback
    except _Rollback:
        service.org.clear_status_cache()
        failed = answers[-1]
        message = "The transaction was rolled back since another operation in the same transaction failed."
        halted = {"errorCode": "PROCESSING_HALTED", "message": message}
        answers = [failed if one["referenceId"] == failed["referenceId"] else
                   {"body": [halted], "httpHeaders": {}, "httpStatusCode": 400, "referenceId": one["referenceId"]}
                   for one in requests]  # fmt: skip
    return Reply(200, {"compositeResponse": answers})

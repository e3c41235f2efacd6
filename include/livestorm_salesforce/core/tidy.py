"""Livestorm's JSON:API resources as flat frames.

Times are epoch seconds and `0` means never; both become UTC timestamps or null. Form answers become columns
`form.<slug>`; multi-choice answers are joined with `;`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from include.livestorm_salesforce.core import canonical as canon
from include.livestorm_salesforce.core import frames

TAGS = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
BREAKS = re.compile(r"<\s*(?:br\b[^>]*|/p|/div|/li|/h[1-6]|/tr)\s*>", re.IGNORECASE)

SESSION_TEXT = ["event_id", "status", "timezone", "name", "room_link", "breakout_room_parent_session_id"]
SESSION_NUMBERS = ["attendees_count", "registrants_count", "duration"]
SESSION_TIMES = ["estimated_started_at", "started_at", "ended_at", "canceled_at", "created_at", "updated_at"]
EVENT_TEXT = ["title", "registration_link", "language", "scheduling_status", "status"]
DETAIL_TEXT = [
    "referrer",
    "utm_source",
    "utm_medium",
    "utm_term",
    "utm_content",
    "utm_campaign",
    "registration_type",
    "ip_city",
    "ip_country_code",
    "ip_country_name",
]
PERSON_TEXT = ["role", "email", "timezone", "first_name", "last_name"]
TAG_NAMES = ("name", "title", "label", "slug")
COUNTS = ["messages_count", "questions_count", "votes_count", "up_votes_count"]


def tidy_sessions(resources: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """One row per session: columns of `frames.SESSIONS`. One without a status must not stop the others."""
    raw = _attributes(resources)
    frame = pd.DataFrame({"session_id": raw["id"]})
    for column in SESSION_TEXT:
        frame[column] = canon.text(_column(raw, column))
    for column in SESSION_NUMBERS:
        frame[column] = _number(_column(raw, column))
    for column in SESSION_TIMES:
        frame[column] = _time(_column(raw, column))
    frame["status"] = frame["status"].replace("cancelled", "canceled").fillna("none")
    return frames.check(frame.drop_duplicates("session_id", ignore_index=True), frames.SESSIONS)


def tidy_events(resources: Sequence[dict[str, Any]], included: Sequence[dict[str, Any]] = ()) -> pd.DataFrame:
    """One row per event: columns of `frames.EVENTS`. `form` lists the slugs of its registration form, `tags` is null
    where the names of its tags cannot be told."""
    raw = _attributes(resources)
    frame = pd.DataFrame({"event_id": raw["id"]})
    for column in EVENT_TEXT:
        frame[column] = canon.text(_column(raw, column))
    frame["description"] = canon.text(canon.as_text(_column(raw, "description")).map(plain_text, na_action="ignore"))
    frame["estimated_duration"] = _number(_column(raw, "estimated_duration"))
    frame["updated_at"] = _time(_column(raw, "updated_at"))
    frame["form"] = _column(raw, "fields").map(_slugs, na_action="ignore").astype("str")
    frame["tags"] = _tags(resources, included).reindex(frame["event_id"]).array
    return frames.check(frame.drop_duplicates("event_id", ignore_index=True), frames.EVENTS)


def tidy_people(resources: Sequence[dict[str, Any]], session_id: str) -> pd.DataFrame:
    """One row per registrant of one session: columns of `frames.REGISTRANTS` and `form.<slug>` for each answer.

    A call costs as much as a thousand rows: tidy the pages of a session together.
    """
    raw = _attributes(resources)
    detail = _nested(raw, "registrant_detail")
    words = canon.texts({name: _column(detail, name) for name in ("event_id", *DETAIL_TEXT)}
                        | {name: _column(raw, name) for name in PERSON_TEXT})  # fmt: skip
    form = _form_answers(detail)
    email = _either(words.pop("email"), form.get("email"))
    form |= {name: _either(form.get(name), words.pop(name)) for name in ("first_name", "last_name")} | {"email": email}
    columns = {
        "session_id": pd.Series(session_id, index=raw.index, dtype="str"),
        "person_id": raw["id"],
        **words,
        "email": email,
        "key": email.str.lower(),
        "is_guest_speaker": _flag(_column(detail, "is_guest_speaker")),
        **_activity(raw, detail),
        **{f"form.{slug}": answers for slug, answers in form.items()},
    }
    tidy = pd.DataFrame(columns, index=raw.index).drop_duplicates("person_id", keep="last", ignore_index=True)
    return frames.check(tidy, frames.REGISTRANTS)


def _activity(raw: pd.DataFrame, detail: pd.DataFrame) -> dict[str, pd.Series]:
    """What a registrant did: rates 0 to 100, durations in seconds (and minutes), counts, times."""
    replay = _nested(raw, "replay_view_detail")
    watched_at = _time(_column(replay, "watched_at"))
    seconds = _number(_column(detail, "attendance_duration"))
    registered_at = _time(_column(detail, "created_at")).fillna(_time(_column(raw, "created_at")))
    return {
        "registered_at": registered_at,
        "attended": _flag(_column(detail, "attended")),
        "attendance_rate": _number(_column(detail, "attendance_rate")),
        "attendance_duration": seconds,
        "attendance_minutes": (seconds / 60).round(1),
        "has_viewed_replay": _flag(_column(detail, "has_viewed_replay")) | watched_at.notna(),
        "replay_watched_at": watched_at,
        **{column: _number(_column(raw, column)) for column in COUNTS},
    }


def plain_text(markup: str) -> str:
    """HTML to plain text: block ends become line feeds, tags go, entities are decoded."""
    lines = html.unescape(TAGS.sub("", BREAKS.sub("\n", markup))).splitlines()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(" ".join(line.split()) for line in lines)).strip()


def _attributes(resources: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """`id` and the attributes side by side."""
    attributes = pd.DataFrame([resource.get("attributes") or {} for resource in resources], dtype="object")
    ids = pd.Series([str(resource["id"]) for resource in resources], dtype="str")
    return attributes.drop(columns="id", errors="ignore").assign(id=ids)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name] if name in frame else pd.Series(None, index=frame.index, dtype="object")


def _nested(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    objects = _column(frame, name)
    objects = objects.where(objects.map(type).eq(dict), {})
    return pd.DataFrame(objects.tolist(), index=frame.index, dtype="object")


def _either(first: pd.Series | None, second: pd.Series | None) -> pd.Series:
    """The first, and where it is empty the second; one of them may be absent."""
    if first is None or second is None:
        return second if first is None else first
    return first.fillna(second)


def _form_answers(detail: pd.DataFrame) -> dict[str, pd.Series]:
    """The `fields` list as one column per slug; a slug given twice keeps its last answer, what is no answer is none."""
    answers = _column(detail, "fields").explode()
    answers = answers[answers.map(type).eq(dict)]
    if answers.empty:
        return {}
    long = pd.DataFrame(answers.tolist(), index=answers.index, dtype="object").reindex(columns=["id", "value"])
    if pd.api.types.infer_dtype(long["value"], skipna=True) != "string":
        long["value"] = pd.Series([_join_choices(value) for value in long["value"]], index=long.index, dtype="object")
    long = pd.DataFrame(canon.texts({"id": long["id"], "value": long["value"]})).dropna()
    return {slug: _last(values).reindex(detail.index) for slug, values in long["value"].groupby(long["id"])}


def _last(answers: pd.Series) -> pd.Series:
    return answers[~answers.index.duplicated(keep="last")]


def _join_choices(value: Any) -> Any:
    """Several choices as one text, yes and no as `true` and `false`; any other answer as it is."""
    if isinstance(value, bool):
        return str(value).lower()
    return ";".join(str(one).strip() for one in value if one is not None) if isinstance(value, list) else value


def _slugs(form: Any) -> str:
    """The questions of a registration form that may not be left out, joined with `;`; whether one may is not always
    told. Livestorm asks for the address whatever the form says."""
    questions = [question for question in form if isinstance(question, dict)] if isinstance(form, list) else []
    asked = [str(question.get("id")) for question in questions if question.get("required") is not False]
    return ";".join(dict.fromkeys(["email", *asked])) if questions else ""


def _tags(resources: Sequence[dict[str, Any]], included: Sequence[dict[str, Any]]) -> pd.Series:
    """Tag names of each event, joined with `;`, in lower case (Livestorm compares tags so).

    Null where they cannot be told: a linked tag has no name, or tags came that nothing ties to an event.
    """
    links = {str(event["id"]): _tag_links(event) for event in resources}
    linked = [link for own in links.values() for link in own or []]
    names = _tag_names(included, {"tag", "tags"} | {str(link.get("type")) for link in linked})
    loose = names.keys() - {str(link.get("id")) for link in linked}
    return pd.Series(
        {event: _joined_names([] if own is None and not loose else own, names) for event, own in links.items()},
        dtype="str",
    )


def _tag_links(event: dict[str, Any]) -> list[dict[str, Any]] | None:
    """What links an event to its tags (JSON:API: resource linkage); None if it holds no such thing."""
    relation = (event.get("relationships") or {}).get("tags")
    if not isinstance(relation, dict) or "data" not in relation:
        return None
    data = relation["data"] or []
    return [link if isinstance(link, dict) else {} for link in (data if isinstance(data, list) else [data])]


def _tag_names(included: Sequence[dict[str, Any]], types: set[str]) -> dict[str, str | None]:
    """Name of each included tag by its id. How Livestorm spells the type and calls the name is not documented."""
    tags = {str(item["id"]): item.get("attributes") or {} for item in included if str(item.get("type")) in types}
    return {number: _first_text(attributes.get(name) for name in TAG_NAMES) for number, attributes in tags.items()}


def _first_text(values: Iterable[Any]) -> str | None:
    return next((value.strip().lower() for value in values if isinstance(value, str) and value.strip()), None)


def _joined_names(links: list[dict[str, Any]] | None, names: dict[str, str | None]) -> str | None:
    told = None if links is None else [names.get(str(link.get("id"))) for link in links]
    return None if told is None or None in told else ";".join(told)


BEYOND = 253_402_300_800  # the year 10000: no time, whatever was meant


def _number(values: pd.Series) -> pd.Series:
    return pd.to_numeric(values, errors="coerce").astype("float64")


def _flag(values: pd.Series) -> pd.Series:
    return canon.boolean(values) == "true"


def _time(values: pd.Series) -> pd.Series:
    """Epoch seconds (0 = never) or, leniently, ISO text, as UTC timestamps."""
    seconds = _number(values)
    known = seconds.where((seconds > 0) & (seconds < BEYOND))
    times = pd.to_datetime(known, unit="s", utc=True).dt.as_unit("ms")
    written = seconds.isna() & values.notna()
    if not written.any():
        return times
    parsed = pd.to_datetime(canon.text(values[written]), utc=True, errors="coerce", format="ISO8601")
    return times.fillna(parsed.dt.as_unit("ms").reindex(values.index))

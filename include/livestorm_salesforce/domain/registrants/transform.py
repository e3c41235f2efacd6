"""Livestorm registrants as a frame. Form answers become columns `form.<slug>`; several choices are joined with `;`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from livestorm_salesforce.domain.shared import contracts, jsonapi, normalize

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
COUNTS = ["messages_count", "questions_count", "votes_count", "up_votes_count"]


def transform_registrants(resources: Sequence[dict[str, Any]], session_id: str) -> pd.DataFrame:
    """One row per registrant of one session: columns of `contracts.REGISTRANTS` and `form.<slug>` per question.

    A call costs as much as 1,000 rows: transform several pages together.
    """
    raw = jsonapi.attributes_of(resources)
    detail = jsonapi.nested(raw, "registrant_detail")
    texts = normalize.texts({name: jsonapi.column(detail, name) for name in ("event_id", *DETAIL_TEXT)}
                        | {name: jsonapi.column(raw, name) for name in PERSON_TEXT})  # fmt: skip
    form = _form_answers(detail)
    email = _either(texts.pop("email"), form.get("email"))
    form |= {name: _either(form.get(name), texts.pop(name)) for name in ("first_name", "last_name")} | {"email": email}
    columns = {
        "session_id": pd.Series(session_id, index=raw.index, dtype="str"),
        "person_id": raw["id"],
        **texts,
        "email": email,
        "email_key": email.str.lower(),
        "is_guest_speaker": jsonapi.flag(jsonapi.column(detail, "is_guest_speaker")),
        **_activity(raw, detail),
        **{f"form.{slug}": answers for slug, answers in form.items()},
    }
    frame = pd.DataFrame(columns, index=raw.index).drop_duplicates("person_id", keep="last", ignore_index=True)
    return contracts.check(frame, contracts.REGISTRANTS)


def _activity(raw: pd.DataFrame, detail: pd.DataFrame) -> dict[str, pd.Series]:
    """Activity: rates from 0 to 100, durations in seconds and minutes, counts, times."""
    replay = jsonapi.nested(raw, "replay_view_detail")
    watched_at = jsonapi.time(jsonapi.column(replay, "watched_at"))
    seconds = jsonapi.number(jsonapi.column(detail, "attendance_duration"))
    registered_at = jsonapi.time(jsonapi.column(detail, "created_at")).fillna(
        jsonapi.time(jsonapi.column(raw, "created_at"))
    )
    return {
        "registered_at": registered_at,
        "attended": jsonapi.flag(jsonapi.column(detail, "attended")),
        "attendance_rate": jsonapi.number(jsonapi.column(detail, "attendance_rate")),
        "attendance_duration": seconds,
        "attendance_minutes": (seconds / 60).round(1),
        "has_viewed_replay": jsonapi.flag(jsonapi.column(detail, "has_viewed_replay")) | watched_at.notna(),
        "replay_watched_at": watched_at,
        **{column: jsonapi.number(jsonapi.column(raw, column)) for column in COUNTS},
    }


def _form_answers(detail: pd.DataFrame) -> dict[str, pd.Series]:
    """The `fields` list as one column per slug. The last answer of a slug counts; other entries are ignored."""
    answers = jsonapi.column(detail, "fields").explode()
    answers = answers[answers.map(lambda answer: isinstance(answer, dict)).astype(bool)]
    if answers.empty:
        return {}
    long = pd.DataFrame(answers.tolist(), index=answers.index, dtype="object").reindex(columns=["id", "value"])
    if pd.api.types.infer_dtype(long["value"], skipna=True) != "string":
        long["value"] = pd.Series([_join_choices(value) for value in long["value"]], index=long.index, dtype="object")
    long = pd.DataFrame(normalize.texts({"id": long["id"], "value": long["value"]})).dropna()
    return {slug: _last(values).reindex(detail.index) for slug, values in long["value"].groupby(long["id"])}


def _last(answers: pd.Series) -> pd.Series:
    return answers[~answers.index.duplicated(keep="last")]


def _either(first: pd.Series | None, second: pd.Series | None) -> pd.Series:
    """`first`, with `second` where it is null; one of them may be absent."""
    present = [values for values in (first, second) if values is not None]
    return present[0] if len(present) == 1 else present[0].fillna(present[1])


def _join_choices(value: Any) -> Any:
    """Several choices as one text, booleans as `true` and `false`; other answers unchanged."""
    if isinstance(value, bool):
        return str(value).lower()
    return ";".join(str(one).strip() for one in value if one is not None) if isinstance(value, list) else value

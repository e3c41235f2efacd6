"""Livestorm registrants as a frame. Form answers become columns `form.<slug>`; several choices are joined with `;`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

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

    A call costs as much as 100 rows: transform several pages together.
    """
    person = jsonapi.attributes_of(resources)
    detail = jsonapi.nested(person, "registrant_detail")
    texts = _texts(detail, ["event_id", *DETAIL_TEXT]) | _texts(person, PERSON_TEXT)
    form = {slug: jsonapi.text(answers) for slug, answers in sorted(_form_answers(detail).items())}
    form = {slug: answers for slug, answers in form.items() if answers.null_count < len(answers)}
    email = _either(texts.pop("email"), form.get("email"))
    form |= {name: _either(form.get(name), texts.pop(name)) for name in ("first_name", "last_name")} | {"email": email}
    columns = {
        "session_id": pa.repeat(pa.scalar(session_id, pa.large_string()), len(person)),
        "person_id": jsonapi.ids_of(resources),
        **texts,
        "email": email,
        "email_key": pc.utf8_lower(email),
        "is_guest_speaker": jsonapi.flag(jsonapi.values(detail, "is_guest_speaker")),
        **_activity(person, detail),
        **{f"form.{slug}": answers for slug, answers in form.items()},
    }
    frame = pa.table(columns).to_pandas()
    if frame["person_id"].nunique() < len(frame):
        frame = frame.drop_duplicates("person_id", keep="last", ignore_index=True)
    return contracts.check(frame, contracts.REGISTRANTS)


def _texts(objects: jsonapi.Objects, names: list[str]) -> dict[str, pa.Array]:
    return {name: jsonapi.text(jsonapi.values(objects, name)) for name in names}


def _activity(person: jsonapi.Objects, detail: jsonapi.Objects) -> dict[str, pa.Array]:
    """Activity: rates from 0 to 100, durations in seconds and minutes, counts, times."""
    watched_at = jsonapi.time(jsonapi.values(jsonapi.nested(person, "replay_view_detail"), "watched_at"))
    seconds = jsonapi.number(jsonapi.values(detail, "attendance_duration"))
    minutes = (seconds.to_numpy(zero_copy_only=False) / 60).round(1)
    registered, created = (jsonapi.time(jsonapi.values(objects, "created_at")) for objects in (detail, person))
    return {
        "registered_at": pc.coalesce(registered, created),
        "attended": jsonapi.flag(jsonapi.values(detail, "attended")),
        "attendance_rate": jsonapi.number(jsonapi.values(detail, "attendance_rate")),
        "attendance_duration": seconds,
        "attendance_minutes": pa.array(minutes, from_pandas=True),
        "has_viewed_replay": pc.or_(jsonapi.flag(jsonapi.values(detail, "has_viewed_replay")), pc.is_valid(watched_at)),
        "replay_watched_at": watched_at,
        **{name: jsonapi.number(jsonapi.values(person, name)) for name in COUNTS},
    }


def _form_answers(detail: jsonapi.Objects) -> dict[str, list[Any]]:
    """The `fields` list as one column per slug. The last answer of a slug counts; other entries are ignored."""
    columns: dict[str, list[Any]] = {}
    spellings: dict[str, list[Any]] = {}
    for row, one in enumerate(detail):
        fields = one.get("fields")
        for answer in fields if type(fields) is list else (fields,):
            if type(answer) is not dict or (value := answer.get("value")) is None or answer.get("id") is None:
                continue
            slug = answer["id"] if type(answer["id"]) is str else str(answer["id"])
            column = spellings.get(slug)
            if column is None:
                name = normalize.trimmed_word(slug)
                empty: list[Any] = [None] * len(detail)
                column = spellings[slug] = columns.setdefault(name, empty) if name else empty
            value = value if type(value) is str else _join_choices(value)
            if column[row] is None or normalize.trimmed_word(str(value)) is not None:
                column[row] = value
    return columns


def _either(first: pa.Array | None, second: pa.Array | None) -> pa.Array:
    """`first`, with `second` where it is null; one of them may be absent."""
    present = [values for values in (first, second) if values is not None]
    return present[0] if len(present) == 1 else pc.coalesce(*present)


def _join_choices(value: Any) -> Any:
    """Several choices as one text, booleans as `true` and `false`; other answers unchanged."""
    if isinstance(value, bool):
        return str(value).lower()
    return ";".join(str(one).strip() for one in value if one is not None) if isinstance(value, list) else value

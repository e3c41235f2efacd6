"""Livestorm registrants as a frame. Form answers become columns `form.<slug>`; several choices are joined with `;`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from livestorm_salesforce.domain.shared import contracts, jsonapi, normalize
from livestorm_salesforce.domain.shared.mail_domains import with_ascii_domains

DETAIL_TEXT = [
    "event_id",
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
DETAIL: dict[str, jsonapi.Kind] = {
    **dict.fromkeys(DETAIL_TEXT, jsonapi.text),
    **dict.fromkeys(["is_guest_speaker", "attended", "has_viewed_replay"], jsonapi.flag),
    **dict.fromkeys(["attendance_rate", "attendance_duration"], jsonapi.count),
    "created_at": jsonapi.time,
}
PERSON: dict[str, jsonapi.Kind] = {
    **dict.fromkeys(PERSON_TEXT, jsonapi.text),
    "role": jsonapi.words,
    **dict.fromkeys(COUNTS, jsonapi.count),
    "created_at": jsonapi.time,
}


def transform_registrants(resources: Sequence[dict[str, Any]], session_id: str) -> pd.DataFrame:
    """One row per registrant of one session: columns of `contracts.REGISTRANTS` and `form.<slug>` per question.

    A call costs as much as 100 rows: transform several pages together.
    """
    person = jsonapi.attributes_of(resources)
    detail = jsonapi.nested(person, "registrant_detail")
    of_detail, of_person = jsonapi.members(detail, DETAIL), jsonapi.members(person, PERSON)
    texts = {name: of_detail[name] for name in DETAIL_TEXT} | {name: of_person[name] for name in PERSON_TEXT}
    form = {slug: jsonapi.text(answers) for slug, answers in sorted(_form_answers(detail).items())}
    form = {slug: answers for slug, answers in form.items() if answers.null_count < len(answers)}
    email = _either(texts.pop("email"), form.get("email"))
    form |= {name: _either(form.get(name), texts.pop(name)) for name in ("first_name", "last_name")} | {"email": email}
    columns = {
        "session_id": pa.repeat(pa.scalar(session_id, pa.large_string()), len(person)),
        "person_id": jsonapi.ids_of(resources),
        **texts,
        "email": email,
        "email_key": with_ascii_domains(pc.utf8_lower(email)),
        "is_guest_speaker": of_detail["is_guest_speaker"],
        **_activity(of_person, of_detail, _watched_at(person)),
        **{f"form.{slug}": answers for slug, answers in form.items()},
    }
    frame = pa.table(columns).to_pandas()
    if pc.count_distinct(columns["person_id"]).as_py() < len(frame):
        frame = frame.drop_duplicates("person_id", keep="last", ignore_index=True)
    return contracts.check(frame, contracts.REGISTRANTS)


def _watched_at(person: jsonapi.Objects) -> pa.Array:
    return jsonapi.time(jsonapi.values(jsonapi.nested(person, "replay_view_detail"), "watched_at"))


def _activity(person: dict[str, pa.Array], detail: dict[str, pa.Array], watched_at: pa.Array) -> dict[str, pa.Array]:
    """Activity: rates from 0 to 100, durations in seconds and minutes, counts, times."""
    seconds = detail["attendance_duration"]
    minutes = (seconds.to_numpy(zero_copy_only=False) / 60).round(1)
    return {
        "registered_at": pc.coalesce(detail["created_at"], person["created_at"]),
        "attended": detail["attended"],
        "attendance_rate": detail["attendance_rate"],
        "attendance_duration": seconds,
        "attendance_minutes": pa.array(minutes, from_pandas=True),
        "has_viewed_replay": pc.or_(detail["has_viewed_replay"], pc.is_valid(watched_at)),
        "replay_watched_at": watched_at,
        **{name: person[name] for name in COUNTS},
    }


def _form_answers(detail: jsonapi.Objects) -> dict[str, list[Any]]:
    """The `fields` list as one column per slug. The last answer of a slug counts; other entries are ignored.

    Also read: an object of answers by slug, one answer instead of a list, and `slug` instead of `id`.
    """
    columns: dict[str, list[Any]] = {}
    spellings: dict[str, list[Any]] = {}
    for row, one in enumerate(detail):
        fields = one.get("fields")
        for answer in fields if type(fields) is list else _answers(fields):
            if type(answer) is not dict or (value := answer.get("value")) is None:
                continue
            slug = answer.get("id") or answer.get("slug")
            if slug is None:
                continue
            slug = slug if type(slug) is str else str(slug)
            column = spellings.get(slug)
            if column is None:
                name = normalize.trimmed_word(slug)
                empty: list[Any] = [None] * len(detail)
                column = spellings[slug] = columns.setdefault(name, empty) if name else empty
            value = value if type(value) is str else jsonapi.plain(value)
            if column[row] is None or normalize.trimmed_word(str(value)) is not None:
                column[row] = value
    return columns


def _answers(fields: Any) -> list[dict[str, Any]]:
    """The answers of a form that is no list."""
    if not isinstance(fields, dict):
        return []
    return [fields] if "id" in fields else [{"id": slug, "value": value} for slug, value in fields.items()]


def _either(first: pa.Array | None, second: pa.Array | None) -> pa.Array:
    """`first`, with `second` where it is null; one of them may be absent."""
    present = [values for values in (first, second) if values is not None]
    return present[0] if len(present) == 1 else pc.coalesce(*present)

"""Registration forms: the fields of an event, and the answers of a registrant."""

from typing import Any

from service_sandbox.livestorm.errors import ApiError

BUILT_IN = {
    "email": "text", "first_name": "text", "last_name": "text", "company": "text", "job_title": "text",
    "phone": "text", "city": "text", "country": "text", "website": "text", "avatar": "file",
}  # fmt: skip
"""Slugs of the attributes of every workspace, with their type in forms. City, country, phone and website are in the
default mapping of Livestorm's Salesforce integration (R26)."""
DEFAULT_FORM = ("email", "first_name", "last_name", "company")
CATALOGUE_TYPES = {"text": "text", "file": "avatar", "multiple": "multiple_select"}


def form(*slugs: str, custom: dict[str, list[str] | None] | None = None, optional: tuple[str, ...] = ()) -> list[Any]:
    """Returns a form with built-in fields in this order, then custom fields (options of a choice, None for text)."""
    names = slugs or DEFAULT_FORM
    fields: list[Any] = [{"id": slug, "type": BUILT_IN[slug], "required": slug not in optional} for slug in names]
    for slug, options in (custom or {}).items():
        item: dict[str, Any] = {"id": slug, "type": "multiple" if options else "text", "required": False,
                                "custom": True}  # fmt: skip
        if options:
            choices = [{"value": option} for option in options]
            item["options"] = {"items": choices, "multiple_answers": slug not in optional}
        fields.append(item)
    return fields


def form_fields(form: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns a form in the format of an event."""
    return [{**item, "order": order} for order, item in enumerate(form)]


def answers(form: list[dict[str, Any]], values: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns `registrant_detail.fields`: one entry per field of the form, with a null value without an answer.

    Raises:
        ApiError: 422, the form has no such field, or the value has the wrong type.
    """
    known = {item["id"]: item for item in form}
    for slug, value in values.items():
        if slug not in known:
            raise ApiError(422, f"The field '{slug}' doesn't exist")
        _check(known[slug], value)
    keep = ("id", "type", "required", "custom")
    return [{**{key: item[key] for key in keep if key in item}, "value": values.get(item["id"])} for item in form]


def _check(item: dict[str, Any], value: Any) -> None:
    if isinstance(value, list):
        is_valid = item["type"] == "multiple" and all(isinstance(one, str) for one in value)
    else:
        is_valid = value is None or isinstance(value, str)
    if not is_valid:
        raise ApiError(422, f"The field '{item['id']}' takes text, or a list of texts for a multiple choice")

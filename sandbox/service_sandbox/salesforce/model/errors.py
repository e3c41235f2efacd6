"""Errors of records and of whole calls, and their three formats."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class RecordError(Exception):
    """A record (or call) is rejected.

    Attributes:
        code, message: as in Salesforce.
        fields: the fields that caused the error.
        details: additional keys of the response to a single record (`duplicateResut` of a duplicate rule).
    """

    code: str
    message: str
    fields: list[str] = field(default_factory=list)
    details: dict[str, Any] | None = None

    def single(self) -> dict[str, Any]:
        """Returns an entry of the array in responses to single records and queries."""
        return {**(self.details or {}), "message": self.message, "errorCode": self.code, "fields": list(self.fields)}

    def in_collection(self) -> dict[str, Any]:
        """Returns an entry of `errors` in a response of sObject Collections."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}

    def in_bulk(self) -> str:
        """Returns the `sf__Error` cell of a Bulk API 2.0 result."""
        return f"{self.code}:{self.message}:{','.join(self.fields)}--"


class ApiError(Exception):
    """A call is rejected, with HTTP status and body."""

    def __init__(self, status: int, code: str, message: str, fields: list[str] | None = None):
        super().__init__(f"{status} {code}")
        self.status = status
        entry: dict[str, Any] = {"message": message, "errorCode": code}
        if fields is not None:
            entry["fields"] = fields
        self.body: Any = [entry]

    @classmethod
    def of(cls, error: RecordError) -> "ApiError":
        """Returns the response to a rejected single record: 404 if it does not exist any more, else 400."""
        api_error = cls(404 if error.code in ("ENTITY_IS_DELETED", "NOT_FOUND") else 400, error.code, error.message)
        api_error.body = [error.single()]
        return api_error


def not_found() -> ApiError:
    """Returns the 404 for an unknown path, version or object."""
    return ApiError(404, "NOT_FOUND", "The requested resource does not exist")


def bad_json(detail: str) -> ApiError:
    """Returns the error for a body that the resource cannot read."""
    return ApiError(400, "JSON_PARSER_ERROR", detail)


def malformed(message: str) -> ApiError:
    """Returns the error for a query with invalid syntax."""
    return ApiError(400, "MALFORMED_QUERY", message)


def naming_advice(what: str, ending: str) -> str:
    """Returns the last sentence of Salesforce's message about an unknown name."""
    noun = "entity" if what == "object" else f"custom {what}"
    return (
        f"If you are attempting to use a custom {what}, be sure to append the '{ending}' after the {noun} name. "
        "Please reference your WSDL or the describe call for the appropriate names."
    )


def unknown_object_message(name: str) -> str:
    """Returns the message about an object that is unknown, or that the user may not read."""
    return f"sObject type '{name}' is not supported. {naming_advice('object', '__c')}"

"""What the service refuses, and the three shapes in which it says so."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Refusal(Exception):
    """One record (or call) refused: Salesforce's code, message and the fields to blame."""

    code: str
    message: str
    fields: list[str] = field(default_factory=list)
    details: dict[str, Any] | None = None
    """Extra keys for the single-record answer (a duplicate rule's `duplicateResut`)."""

    def single(self) -> dict[str, Any]:
        """An entry of the array that single-record and query calls answer with."""
        return {**(self.details or {}), "message": self.message, "errorCode": self.code, "fields": list(self.fields)}

    def in_collection(self) -> dict[str, Any]:
        """An entry of `errors` in a collections answer."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}

    def in_bulk(self) -> str:
        """The `sf__Error` cell of a Bulk API 2.0 result."""
        return f"{self.code}:{self.message}:{','.join(self.fields)}--"


class ApiError(Exception):
    """A whole call refused, with its HTTP status and body."""

    def __init__(self, status: int, code: str, message: str, fields: list[str] | None = None):
        super().__init__(f"{status} {code}")
        self.status = status
        entry: dict[str, Any] = {"message": message, "errorCode": code}
        if fields is not None:
            entry["fields"] = fields
        self.body: Any = [entry]

    @classmethod
    def of(cls, refusal: Refusal) -> "ApiError":
        """The single-call answer to a refused record: 404 for what is gone, 400 for the rest."""
        gone = {"ENTITY_IS_DELETED": 404, "NOT_FOUND": 404, "INVALID_CROSS_REFERENCE_KEY": 400}
        error = cls(gone.get(refusal.code, 400), refusal.code, refusal.message)
        error.body = [refusal.single()]
        return error


def not_found() -> ApiError:
    """No such path, version or object."""
    return ApiError(404, "NOT_FOUND", "The requested resource does not exist")


def bad_json(detail: str) -> ApiError:
    """The body is not what the resource can read."""
    return ApiError(400, "JSON_PARSER_ERROR", detail)


def malformed(message: str) -> ApiError:
    """A query that the grammar refuses."""
    return ApiError(400, "MALFORMED_QUERY", message)


def advice(what: str, ending: str) -> str:
    """The sentence with which the service ends its complaint about an unknown name."""
    noun = "entity" if what == "object" else f"custom {what}"
    return (
        f"If you are attempting to use a custom {what}, be sure to append the '{ending}' after the {noun} name. "
        "Please reference your WSDL or the describe call for the appropriate names."
    )


def no_such_object(name: str) -> str:
    """The complaint about an unknown object, or one that the user may not read."""
    return f"sObject type '{name}' is not supported. {advice('object', '__c')}"

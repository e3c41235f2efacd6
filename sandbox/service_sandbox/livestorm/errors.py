"""Refusals in Livestorm's shape: `errors[]` of strings, with `code` the HTTP number and `status` a word.

That is the wrong way round against JSON:API, and measured so (reference, section 3).
"""

from http import HTTPStatus
from typing import Any

MEDIA_TYPE = "application/vnd.api+json"


class ApiError(Exception):
    """A refused call.

    Args:
        status: HTTP status.
        detail: what is wrong, a sentence without personal data.
        headers: further headers of the answer.
    """

    def __init__(self, status: int, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers or {}

    @property
    def body(self) -> Any:
        """The body of the answer."""
        return error_body(self.status, self.detail)


class DoorkeeperRefusal(ApiError):
    """A bearer token that the OAuth library does not know: no body, all is said in the header."""

    def __init__(self) -> None:
        challenge = 'Bearer realm="Doorkeeper", error="invalid_token", error_description="The access token is invalid"'
        super().__init__(401, "The access token is invalid", headers={"WWW-Authenticate": challenge})

    @property
    def body(self) -> Any:
        """None."""
        return None


def error_body(status: int, detail: str | None = None) -> dict[str, Any]:
    """The body of an error."""
    phrase = HTTPStatus(status).phrase
    detail = detail or "Something went wrong on our end"
    word = phrase.lower().replace(" ", "_").replace("-", "_")
    return {"errors": [{"title": phrase, "detail": detail, "code": str(status), "status": word}]}


def not_found() -> ApiError:
    """404 for a resource that does not exist, or belongs to another workspace."""
    return ApiError(404, "The record you are looking for could not be found")

"""Errors in the format of Livestorm: `errors[]` with `code` the HTTP status and `status` its name.

JSON:API defines the two keys the other way round; the format here was measured (reference, section 3).
"""

from http import HTTPStatus
from typing import Any

MEDIA_TYPE = "application/vnd.api+json"


class ApiError(Exception):
    """An error response.

    Args:
        status: HTTP status.
        detail: the cause, a sentence without personal data.
        headers: additional headers of the response.
    """

    def __init__(self, status: int, detail: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers or {}

    @property
    def body(self) -> Any:
        """The body of the response."""
        return error_body(self.status, self.detail)


class DoorkeeperError(ApiError):
    """401 of the OAuth library for an unknown bearer token: an empty body, and the error in a header."""

    def __init__(self) -> None:
        challenge = 'Bearer realm="Doorkeeper", error="invalid_token", error_description="The access token is invalid"'
        super().__init__(401, "The access token is invalid", headers={"WWW-Authenticate": challenge})

    @property
    def body(self) -> Any:
        """None: the response has no body."""
        return None


def error_body(status: int, detail: str | None = None) -> dict[str, Any]:
    """Returns the body of an error response."""
    phrase = HTTPStatus(status).phrase
    detail = detail or "Something went wrong on our end"
    status_name = phrase.lower().replace(" ", "_").replace("-", "_")
    return {"errors": [{"title": phrase, "detail": detail, "code": str(status), "status": status_name}]}


def not_found() -> ApiError:
    """Returns the 404 for a resource that does not exist or belongs to another workspace."""
    return ApiError(404, "The record you are looking for could not be found")

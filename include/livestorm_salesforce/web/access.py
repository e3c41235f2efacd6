"""Who may see and do what: Airflow's permissions for the DAG runs of this project.

A mounted app has no access control of its own (Airflow documentation: UI plugins, security), so every route depends on
one of the levels of this module, except the webhook endpoint, which requires Livestorm's signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import HTTPException, Request

from livestorm_salesforce.runs.context import SYNC_DAG_ID

if TYPE_CHECKING:
    from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod


class Level(StrEnum):
    """What a page needs. Each value is the id of a message that says so."""

    VIEW = "view"
    """Counts: users who may view runs of the DAG."""
    EDIT = "edit"
    """Personal data: users who may edit runs of the DAG."""
    TRIGGER = "trigger"
    """Retry, dismiss, undo and preview: users who may trigger the DAG."""
    ADMIN = "admin"
    """Setup and erasure: users who may edit connections."""


METHODS: dict[Level, ResourceMethod] = {Level.VIEW: "GET", Level.EDIT: "PUT", Level.TRIGGER: "POST"}


@dataclass(frozen=True)
class Access:
    """The permissions of the signed-in user."""

    user: Any

    @property
    def user_name(self) -> str:
        """The user as Airflow names them."""
        return str(self.user.get_name())

    def may(self, level: Level, dag_id: str = SYNC_DAG_ID) -> bool:
        """Whether the user has this level for runs of a DAG."""
        manager: Any = get_auth_manager()
        if level is Level.ADMIN:
            return bool(manager.is_authorized_connection(method="PUT", user=self.user))
        return bool(
            manager.is_authorized_dag(
                method=METHODS[level], access_entity=DagAccessEntity.RUN, details=DagDetails(id=dag_id), user=self.user
            )
        )


class Forbidden(Exception):
    """The signed-in user lacks a level."""

    def __init__(self, level: Level) -> None:
        super().__init__(level)
        self.level = level


def current_access(user: GetUserDep) -> Access:
    """The permissions of the user of this request; Airflow answers 401 to others. Tests replace this dependency."""
    return Access(user)


def check_same_origin(request: Request) -> None:
    """Reject a form that another site has sent with the user's cookie.

    Browsers state the origin of a request that is not a mere read (Fetch standard: `Sec-Fetch-Site`, `Origin`).

    Raises:
        HTTPException: the request comes from another site, or nothing says where it comes from.
    """
    if request.method in ("GET", "HEAD") or request.headers.get("authorization", "").lower().startswith("bearer "):
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "")
    host = origin.partition("://")[2]
    if site not in ("same-origin", "none") and (site or host != request.headers.get("host")):
        raise HTTPException(403, "The form was sent by another site.")

"""The two Salesforce users of a deployment, and what each sees of the org."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from livestorm_salesforce.clients.salesforce import Query, SalesforceClient, SalesforceClientHook, soql
from livestorm_salesforce.clients.salesforce.deployment import MODIFY_METADATA_REMEDY
from livestorm_salesforce.clients.salesforce.token import Token
from livestorm_salesforce.config.org_source import PERMISSION_SET
from livestorm_salesforce.errors import ConfigError, StalePlan
from livestorm_salesforce.runs.context import AppContext


@dataclass(frozen=True)
class Accounts:
    """Both logins.

    Attributes:
        own: the integration user, who runs the sync.
        deployer: the user who deploys; the same client if no other connection is named.
        connection: id of the deployer's connection.
        org_id: of the org, 15 characters.
    """

    own: SalesforceClient
    deployer: SalesforceClient
    connection: str
    org_id: str

    @property
    def clients(self) -> list[SalesforceClient]:
        """The different clients."""
        return [self.own] if self.own is self.deployer else [self.own, self.deployer]

    def described_fields(self, objects: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Fields that one of the users sees, by `object.field` in lower case."""
        found: dict[str, dict[str, Any]] = {}
        for name in objects:
            for client in self.clients:
                document = client.find_object(name) or {"fields": []}
                found |= {f"{name}.{one['name']}".lower(): one for one in document["fields"]}
        return found

    def permission_set_id(self) -> str | None:
        """Id of our permission set; None if the org has none.

        Raises:
            ConfigError: the deployer may not see permission sets.
        """
        records = self.setup_records("PermissionSet", ["Id"], soql.equals("Name", PERMISSION_SET))
        return str(records[0]["Id"]) if records else None

    def is_assigned(self, permission_set: str) -> bool:
        """Whether the permission set is assigned to the integration user."""
        conditions = (soql.equals("PermissionSetId", permission_set), soql.equals("AssigneeId", self.own.user_id()))
        return bool(self.setup_records("PermissionSetAssignment", ["Id"], *conditions))

    def setup_records(self, name: str, fields: list[str], *conditions: str) -> list[Mapping[str, Any]]:
        """Records of Setup, read as the deployer.

        Raises:
            ConfigError: the deployer may not see them.
        """
        try:
            return list(self.deployer.query(Query(name, fields, list(conditions))))
        except ConfigError as error:
            raise ConfigError(error.cause, remedy=MODIFY_METADATA_REMEDY) from None


def open_accounts(app: AppContext, connection: str) -> Accounts:
    """Log in with both connections.

    Args:
        connection: id of the connection that deploys; "" for the one of the sync.

    Raises:
        ConfigError: a connection is missing, refused, or leads to another org.
    """
    conn_id = app.settings.salesforce_conn_id
    own = _client(app, conn_id)
    deployer = _client(app, connection) if connection and connection != conn_id else own
    org_id = own.org_id()
    if deployer.org_id() != org_id:
        raise ConfigError(
            f"The connection '{connection}' leads to the org {deployer.org_id()}, '{conn_id}' to {org_id}. Nothing was "
            "deployed.",
            remedy="name a connection to the same org",
        )
    return Accounts(own, deployer, connection or conn_id, org_id)


def _one_org() -> Callable[[Token], None]:
    """Checks that all logins of a connection lead to one org: a refreshed sandbox org has another id."""
    known: list[str] = []

    def check(token: Token) -> None:
        known.append(token.org_id)
        if len({one for one in known if one}) > 1:
            raise StalePlan("The connection leads to another org than at its last login. Nothing was deployed.")

    return check


def _client(app: AppContext, conn_id: str) -> SalesforceClient:
    limits = app.limits
    return SalesforceClientHook(conn_id).get_client(
        reserve_share=app.settings.salesforce_reserve_percent / 100,
        attempts=limits.attempts,
        write_timeout=limits.write_timeout,
        check_token=_one_org(),
        clock=app.clock,
        **limits.timeouts,
    )

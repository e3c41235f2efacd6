"""Identity of the pair: the Livestorm organization and the Salesforce org that the connections lead to.

Both ids come from the services (design, section 4). The result is stored with a fingerprint of the connections, so it
costs calls only when a connection was edited.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, NamedTuple, Protocol

from livestorm_salesforce.clients.livestorm import LivestormClient
from livestorm_salesforce.clients.livestorm.hook import base_url_of
from livestorm_salesforce.clients.salesforce.auth import parse_instance_url
from livestorm_salesforce.clients.salesforce.token import Token
from livestorm_salesforce.config import Settings
from livestorm_salesforce.errors import ConfigError, PairChanged
from livestorm_salesforce.state import pairs, sync_state
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.database_errors import LOST
from livestorm_salesforce.state.pairs import Connections, StoredPair
from livestorm_salesforce.storage import Folder

#: Start of the organization id of a workspace whose token neither tells nor may read it.
FINGERPRINT = "fingerprint:"
#: Start of the org id of an org that the login does not tell, and that hides the object Organization.
HOST = "host:"
#: Events of a workspace with many that are asked for one by one; some may have been deleted.
ASKED_EVENTS = 5
#: Document in the store: a person has created an empty database on purpose.
CREATED = "database-created"
SALESFORCE_EXTRAS = ("instance_url", "instance", "domain", "organization_id", "consumer_key")


class Access(Protocol):
    """The part of the application context that resolves the pair."""

    settings: Settings

    @property
    def livestorm(self) -> LivestormClient: ...
    @property
    def database(self) -> Database: ...
    @property
    def store(self) -> Folder: ...
    @property
    def connections(self) -> tuple[Any, Any]: ...
    def salesforce_extra(self, name: str) -> Any: ...
    def read_org_id(self) -> str: ...


class Identity(NamedTuple):
    """What the services say: ids of the organization and of the org."""

    organization_id: str
    org_id: str

    @property
    def pair_id(self) -> str:
        """The id of the pair in the state database, and the name of its folder of run folders."""
        return hashlib.sha256("|".join(self).encode()).hexdigest()[:16]


def check_org(token: Token, org_id: str) -> None:
    """Compare a new login with the org of the state: an unchanged connection may lead to another org, for example after
    a refresh of a sandbox org.

    Raises:
        PairChanged: the login leads to another org.
    """
    if org_id.startswith("00D") and token.org_id and token.org_id != org_id:
        raise PairChanged(
            f"The Salesforce login leads to the org {token.org_id}, the state belongs to {org_id}. Nothing was written."
        )


def resolve_pair(app: Access, *, confirmed: bool) -> StoredPair:
    """The pair of the current connections; stored when it is new.

    Args:
        confirmed: a person confirms that the connections shall lead to another pair than before. The services are asked
            even if the connections are the same: a refreshed sandbox org has another id at the same address.

    Raises:
        PairChanged: the connections lead to another pair than before, and nobody has confirmed it.
        ConfigError: the state of the pair was lost, and nobody has confirmed it.
        ConfigError, TransientError: a service cannot be asked.
    """
    connections = connections_of(app)
    if not confirmed and (stored := pairs.bound(app.database, connections)):
        return stored
    identity = _read_identity(app, connections)
    before = pairs.latest(app.database, connections)
    found = StoredPair(identity.pair_id, *identity, connections.address)
    is_known = pairs.is_known(app.database, found.pair_id, found.address)
    if before and not confirmed and not is_known and (before.pair_id, before.address) != (found.pair_id, found.address):
        raise _changed(connections, before, found)
    if not confirmed:
        _check_not_lost(app, found.pair_id)
    return pairs.bind(app.database, connections, found)


def _check_not_lost(app: Access, pair_id: str) -> None:
    """A pair without state whose runs have left folders: the server was set up again, or the setting names another
    database. A new activation would forget the audit log and create people again whom users have deleted."""
    if pairs.exists(app.database, pair_id):
        return
    is_intended = app.store.has(f"{CREATED}.json")
    if is_intended:
        app.store.drop(f"{CREATED}.json")  # it counts once, also for a pair without folders
    if is_intended or not app.store.folder("runs").has(pair_id):
        return
    raise ConfigError(
        f"The state database {app.database} does not know this pair, but {app.store} holds folders of its runs: the "
        "state was lost, or the setting names another database. Nothing was written.",
        remedy="restore the database from a backup, or correct the setting; without a backup, run "
        f"`livestorm-salesforce pair --confirm`: the next run reads everything again, and these are lost: {LOST}",
    )


def known_pair(app: Access) -> StoredPair:
    """The pair of the current connections, or the one of the same connections before, without a call.

    Raises:
        ConfigError: no run has used these connections.
    """
    connections = connections_of(app)
    found = pairs.bound(app.database, connections) or pairs.latest(app.database, connections)
    if found is None:
        raise ConfigError(
            f"The state database {app.database} knows nothing of these connections: no run has used them.",
            remedy="trigger the DAG livestorm_to_salesforce; a command needs the environment of Airflow's tasks",
        )
    return found


def connections_of(app: Access) -> Connections:
    """The current connections. The fingerprint covers addresses, logins and secrets, and reveals none of them."""
    names = (app.settings.livestorm_conn_id, app.settings.salesforce_conn_id)
    livestorm, salesforce = app.connections
    extras = (app.salesforce_extra(name) for name in SALESFORCE_EXTRAS)
    parts: list[Any] = [livestorm.host, livestorm.schema, livestorm.port, salesforce.host, salesforce.login]
    parts += [salesforce.password, *extras]
    text = "|".join(str(part or None) for part in parts)
    # the token is long and random: it keeps a short password from being guessed
    digest = hmac.new((livestorm.password or "").encode(), text.encode(), hashlib.sha256).hexdigest()
    return Connections(*names, digest, f"{base_url_of(livestorm, names[0])} {_org_address(app, salesforce)}")


def _org_address(app: Access, connection: Any) -> str:
    """The address of the org as the connection states it; "" if the login alone knows it."""
    extras = (app.salesforce_extra(name) for name in ("instance_url", "domain", "instance"))
    text = str(next((extra for extra in extras if extra), "") or connection.host or "")
    return parse_instance_url(text) or text


def _read_identity(app: Access, connections: Connections) -> Identity:
    org_id = app.read_org_id() or HOST + str(app.salesforce_extra("instance_url") or connections.fingerprint)
    organization_id = app.livestorm.organization_id()
    return Identity(organization_id or _fingerprint(app, connections, org_id), org_id)


def _fingerprint(app: Access, connections: Connections, org_id: str) -> str:
    """Identifies a workspace without id: the one of the same connections before, if they have an event in common."""
    before = pairs.latest(app.database, connections)
    if before and before.org_id == org_id and before.organization_id.startswith(FINGERPRINT):
        known = sync_state.event_ids(app.database, before.pair_id)
        if not known or _has_event(app.livestorm, known):
            return before.organization_id
    return FINGERPRINT + connections.fingerprint[:32]


def _has_event(client: LivestormClient, known: set[str]) -> bool:
    """Whether the workspace has one of these events: on the first page of its list, whose order is undefined, or one of
    a few that are asked for."""
    asked_for = sorted(known)[:ASKED_EVENTS]
    return bool(known & client.recent_event_ids()) or any(client.get_event(event_id).data for event_id in asked_for)


def _changed(connections: Connections, before: StoredPair, now: StoredPair) -> PairChanged:
    changes = [
        f"{name} {old} before, {new} now"
        for name, old, new in (
            ("organization", before.organization_id, now.organization_id),
            ("org", before.org_id, now.org_id),
            ("addresses", before.address, now.address),
        )
        if old != new
    ]
    return PairChanged(
        f"The connections '{connections.livestorm}' and '{connections.salesforce}' lead to another pair than before: "
        f"{'; '.join(changes)}. Nothing was written."
    )

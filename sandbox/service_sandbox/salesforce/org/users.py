"""Users of the org, and the apps that log in for them."""

from dataclasses import dataclass, field
from typing import Any

from service_sandbox.salesforce.model.schema import SObject
from service_sandbox.salesforce.model.values import format_datetime
from service_sandbox.salesforce.org.rights import Rights

#: Organization-wide defaults of a new org.
SHARING = {"Account": "Edit", "Contact": "ControlledByParent", "Lead": "ReadEditTransfer", "Campaign": "All"}


@dataclass
class User:
    """A user with permissions."""

    id: str
    username: str
    rights: Rights = field(default_factory=Rights)


@dataclass
class App:
    """An External Client App.

    Attributes:
        run_as: the user whose permissions apply with client credentials.
        certificate: PEM of an X.509 certificate or public key that verifies JWTs; without it, the JWT bearer flow is
            disabled for the app.
    """

    consumer_key: str
    consumer_secret: str
    run_as: User
    certificate: str | None = None


class Users:
    """The users, queues and apps of one org.

    Attributes:
        admin: a System Administrator.
        colleague: somebody who works in the browser; `Org.edit` makes this user's changes.
        run_as: default user of new apps.
    """

    def __init__(self, org: Any) -> None:
        self.org = org
        self.by_username: dict[str, User] = {}
        self.apps: dict[str, App] = {}
        self.organization_id = self._organization()
        self.sharing = dict(SHARING)
        self.admin = self.add("admin@sandbox.example", first_name="Sand", last_name="Box")
        self.colleague = self.add("colleague@sandbox.example", first_name="Sandy", last_name="Seller")
        self.run_as = self.admin

    def _insert(self, name: str, row: dict[str, Any]) -> str:
        now = format_datetime(self.org.clock.now())
        audit = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
        return str(self.org.store.insert(self.org.schema[name], [{**row, **audit}])[0])

    def _organization(self) -> str:
        found = self.org.store.scalar('SELECT Id FROM "Organization"')
        return found or self._insert("Organization", {
            "Name": "Sandbox", "OrganizationType": "Enterprise Edition", "InstanceName": "SBX1", "IsSandbox": 1,
            "TimeZoneSidKey": "GMT", "DefaultLocaleSidKey": "en_US", "LanguageLocaleKey": "en_US",
            **{f"Default{name}Access": value for name, value in SHARING.items()}})  # fmt: skip

    def share(self, defaults: dict[str, str]) -> None:
        """Sets organization-wide defaults by object: `None` hides the records of others from users without View All."""
        kind: SObject = self.org.schema["Organization"]
        row = {f"Default{name}Access": str(value) for name, value in defaults.items()}
        self.org.store.update(kind, self.organization_id, row)
        self.sharing = SHARING | {name: str(value) for name, value in defaults.items()}

    def can_see(self, user: User, sobject: SObject, row: dict[str, Any]) -> bool:
        """Returns whether sharing shows a record to a user, as queries do: private records of others need View All."""
        access = self.sharing.get(sobject.name)
        if access not in ("None", "ControlledByParent") or user.rights.can_view_all(sobject.name):
            return True
        return row.get("OwnerId") == user.id or (access != "None" and row.get("AccountId") is not None)

    def add(self, username: str, rights: Rights | None = None, **names: str) -> User:
        """Adds a user, or updates the user with this user name; `rights` None means System Administrator."""
        rights = rights or Rights()
        kind: SObject = self.org.schema["User"]
        found = self.org.store.find(kind, kind.fields["Username"], username)
        first, last = names.get("first_name"), names.get("last_name", username.split("@", maxsplit=1)[0])
        row = {"Username": username, "Email": username, "FirstName": first, "LastName": last, "IsActive": 1,
               "Name": " ".join(filter(None, (first, last))), "Alias": last[:8].lower(), "UserType": "Standard",
               "TimeZoneSidKey": "GMT", "UserPermissionsMarketingUser": int(rights.marketing_user)}  # fmt: skip
        if found:
            self.org.store.update(kind, found[0]["Id"], row)
        user = User(found[0]["Id"] if found else self._insert("User", row), username, rights)
        self.by_username[username.lower()] = user
        return user

    def add_queue(self, name: str) -> str:
        """Returns the id of the queue with this name; adds the queue if it is missing."""
        if found := self.org.store.scalar('SELECT Id FROM "Group" WHERE Name = ?', (name,)):
            return str(found)
        return self._insert("Group", {"Name": name, "DeveloperName": name.replace(" ", "_"), "Type": "Queue"})

    def add_app(
        self, consumer_key: str, consumer_secret: str, run_as: User | None = None, certificate: str | None = None
    ) -> App:
        """Adds an app that logs in for a user (default: `run_as` of the org)."""
        app = App(consumer_key, consumer_secret, run_as or self.run_as, certificate)
        self.apps[consumer_key] = app
        return app

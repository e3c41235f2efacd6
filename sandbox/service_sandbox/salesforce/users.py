"""Users of the org and the apps that log in for them."""

from dataclasses import dataclass, field
from typing import Any

from service_sandbox.salesforce.rights import Rights
from service_sandbox.salesforce.schema import SObject


@dataclass
class User:
    """Whose rights a session has."""

    id: str
    username: str
    rights: Rights = field(default_factory=Rights)


@dataclass
class App:
    """An External Client App: its key, its secret, the user it runs as, and the certificate it signs JWTs with."""

    consumer_key: str
    consumer_secret: str
    run_as: User
    certificate: str | None = None
    """PEM of an X.509 certificate or public key; without one the JWT bearer flow is closed to the app."""


class Users:
    """The people, queues and apps of one org."""

    def __init__(self, org: Any):
        self.org = org
        self.by_username: dict[str, User] = {}
        self.apps: dict[str, App] = {}
        self._organization()
        self.admin = self.add("admin@sandbox.example", first_name="Sand", last_name="Box")
        self.run_as = self.admin
        """Whom a new app logs in for."""

    def _kind(self, name: str) -> SObject:
        return self.org.schema[name]

    def _new(self, name: str, row: dict[str, Any]) -> str:
        from service_sandbox.salesforce.values import stamp

        now = stamp(self.org.clock.now())
        audit = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
        return self.org.store.insert(self._kind(name), [{**row, **audit}])[0]

    def _organization(self) -> None:
        found = self.org.store.scalar('SELECT Id FROM "Organization"')
        self.organization_id = found or self._new("Organization", {
            "Name": "Sandbox", "OrganizationType": "Enterprise Edition", "InstanceName": "SBX1", "IsSandbox": 1,
            "TimeZoneSidKey": "GMT", "DefaultLocaleSidKey": "en_US", "LanguageLocaleKey": "en_US"})  # fmt: skip

    def add(self, username: str, rights: Rights | None = None, **names: str) -> User:
        """A user, new or found again by user name; `rights` None means System Administrator."""
        rights = rights or Rights()
        kind = self._kind("User")
        found = self.org.store.find(kind, kind.fields["Username"], username)
        first, last = names.get("first_name"), names.get("last_name", username.split("@", maxsplit=1)[0])
        row = {"Username": username, "Email": username, "FirstName": first, "LastName": last, "IsActive": 1,
               "Name": " ".join(filter(None, (first, last))), "Alias": last[:8].lower(), "UserType": "Standard",
               "TimeZoneSidKey": "GMT", "UserPermissionsMarketingUser": int(rights.marketing_user)}  # fmt: skip
        if found:
            self.org.store.update(kind, found[0]["Id"], row)
        user = User(found[0]["Id"] if found else self._new("User", row), username, rights)
        self.by_username[username.lower()] = user
        return user

    def add_queue(self, name: str) -> str:
        """A queue that can own leads, new or found again by name; returns its id."""
        if found := self.org.store.scalar('SELECT Id FROM "Group" WHERE Name = ?', (name,)):
            return found
        return self._new("Group", {"Name": name, "DeveloperName": name.replace(" ", "_"), "Type": "Queue"})

    def add_app(self, consumer_key: str, consumer_secret: str, run_as: User | None = None,
                certificate: str | None = None) -> App:  # fmt: skip
        """An app that may log in for a user (`run_as` of the org unless told otherwise)."""
        app = App(consumer_key, consumer_secret, run_as or self.run_as, certificate)
        self.apps[consumer_key] = app
        return app

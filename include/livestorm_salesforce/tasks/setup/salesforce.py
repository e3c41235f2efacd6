"""Checklist of Salesforce: connection, login, API version, permissions, fields, values, calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from livestorm_salesforce import config
from livestorm_salesforce.clients.salesforce import SalesforceClient, SalesforceClientHook
from livestorm_salesforce.config import load_mapping
from livestorm_salesforce.domain.plan import org_check
from livestorm_salesforce.domain.plan.filtered_fields import described_objects
from livestorm_salesforce.domain.shared.org_schema import parse_describe
from livestorm_salesforce.enums import SObject
from livestorm_salesforce.errors import ConfigError, SyncError
from livestorm_salesforce.readers.record_visibility import sees_all
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.tasks.setup.items import Area, CheckItem, CheckState

_item = partial(CheckItem, Area.SALESFORCE)
CONNECTIONS_PAGE = "Airflow: Admin, Connections"
APP = "Salesforce: Setup, External Client App Manager"
USER = "Salesforce: Setup, Users"
PERMISSIONS = "Salesforce: Setup, Permission Sets, Object Settings"
#: Objects that only a user with the feature licence may see.
MARKETING = ("Campaign", "CampaignMember", "CampaignMemberStatus")
#: `Object` or `Object.Field` at the start of a sentence of the org check.
SUBJECT = re.compile(r"\b(Campaign|CampaignMember|CampaignMemberStatus|Lead|Contact|Account)(?:\.(\w+))?\b")
VIEW_ALL = "View All Records"
VIEW_ALL_REMEDY = "Tick View All Records for Lead, Contact and Campaign."
AFTER_LOGIN = ("API version", "Objects and fields", "API calls of the last 24 hours")


def check_salesforce(app: AppContext) -> Iterator[CheckItem]:
    """Lines of Salesforce; a login and twelve calls at most. No record is read."""
    conn_id = app.settings.salesforce_conn_id
    try:
        client = SalesforceClientHook(conn_id).get_client(attempts=2, clock=app.clock)
    except SyncError as error:
        yield _item("Connection", CheckState.MISSING, error.cause, error.remedy, CONNECTIONS_PAGE, conn_id)
        yield from _unknown("Login", *AFTER_LOGIN)
        return
    yield _item("Connection", CheckState.OK, f"'{conn_id}'")
    try:
        versions = client.versions()
        client.org_id()
    except ConfigError as error:
        yield _item("Login", CheckState.MISSING, error.cause, error.remedy, APP)
        yield from _unknown(*AFTER_LOGIN)
        return
    except SyncError as error:
        yield _item("Login", CheckState.UNKNOWN, error.cause, error.remedy)
        yield from _unknown(*AFTER_LOGIN)
        return
    yield _item("Login", CheckState.OK, "Salesforce accepts the login.")
    yield _version(client, versions)
    yield from _org(app, client)
    yield _calls(client, app.settings.salesforce_reserve_percent)
    yield _view_all(client)


def _view_all(client: SalesforceClient) -> CheckItem:
    """Whether records may be hidden from the user: a second record would be created for their people (field C7)."""
    try:
        seen = sees_all(client, [SObject.LEAD, SObject.CONTACT, SObject.CAMPAIGN])
    except SyncError as error:
        return _item(VIEW_ALL, CheckState.UNKNOWN, error.cause, error.remedy)
    hidden = [str(sobject) for sobject, all_seen in seen.items() if all_seen is False]
    if hidden:
        return _item(
            VIEW_ALL, CheckState.MISSING,
            f"Records of {', '.join(hidden)} may be hidden from the user. A second record is created for a person "
            "whose record is hidden.", VIEW_ALL_REMEDY, PERMISSIONS,
        )  # fmt: skip
    if None in seen.values():
        return _item(
            VIEW_ALL, CheckState.UNKNOWN,
            "Salesforce does not tell which records are hidden from a user. Without the right a second record is "
            "created for a person whose record is hidden.", VIEW_ALL_REMEDY, PERMISSIONS,
        )  # fmt: skip
    return _item(VIEW_ALL, CheckState.OK, "The user sees all Leads, Contacts and Campaigns.")


def _version(client: SalesforceClient, versions: list[str]) -> CheckItem:
    if versions and client.version not in versions:
        return _item(
            AFTER_LOGIN[0], CheckState.MISSING,
            f"The org supports versions up to {versions[-1]}, not {client.version}.",
            "Set the extra 'version' of the connection.", CONNECTIONS_PAGE, versions[-1],
        )  # fmt: skip
    return _item(AFTER_LOGIN[0], CheckState.OK, client.version)


def _org(app: AppContext, client: SalesforceClient) -> Iterator[CheckItem]:
    """Permissions and fields that the mapping needs, all of them; with an invalid mapping those of the default one."""
    mapping = _valid_mapping(app)
    try:
        documents = {name: client.find_object(name) for name in described_objects(mapping)}
    except SyncError as error:
        yield _item(AFTER_LOGIN[1], CheckState.UNKNOWN, error.cause, error.remedy)
        return
    yield from org_items(documents, mapping)


def org_items(documents: Mapping[str, dict[str, Any] | None], mapping: config.Mapping) -> Iterator[CheckItem]:
    """Lines of the org's objects and fields.

    Args:
        documents: describe results by object; None for an object that is hidden from the user.
    """
    hidden = [name for name, document in documents.items() if document is None]
    schemas = {name: parse_describe(document or _hidden(name)) for name, document in documents.items()}
    yield from map(_hidden_item, hidden)
    sentences = [text for text in org_check.problems(schemas, mapping) if _subject(text).split(".")[0] not in hidden]
    problems = [_sentence_item(text) for text in sentences]
    if not {"Campaign", "CampaignMember"} & {*hidden} and schemas["Campaign"].has(mapping.campaign.external_id):
        problems += [_problem_item(one.public, one.remedy) for one in org_check.warnings(schemas, mapping)]
    yield from problems
    concerned = {item.subject.split(".")[0] for item in problems} | set(hidden)
    for name in schemas:
        if name not in concerned:
            yield _item(name, CheckState.OK, "Permissions and mapped fields are sufficient.")


def _valid_mapping(app: AppContext) -> config.Mapping:
    try:
        return app.mapping
    except SyncError:  # a line of Airflow's area
        return load_mapping()


def _hidden(name: str) -> dict[str, Any]:
    return {"name": name, "createable": False, "updateable": False, "fields": []}


def _hidden_item(name: str) -> CheckItem:
    if name in MARKETING:
        return _item(
            name, CheckState.MISSING, f"{name} is hidden from the user.",
            "Tick 'Marketing User' on the integration user, and give it read, create and edit on Campaign.", USER,
            "Marketing User",
        )  # fmt: skip
    return _item(
        name, CheckState.MISSING, f"{name} is hidden from the user.",
        f"Give the user's permission set read, create and edit on {name}.", PERMISSIONS, name,
    )  # fmt: skip


def _sentence_item(sentence: str) -> CheckItem:
    """The line of one sentence of the org check, which ends with its remedy after a colon."""
    detail, _, remedy = sentence.rpartition(": ")
    return _problem_item(detail or sentence, remedy)


def _problem_item(text: str, remedy: str) -> CheckItem:
    subject = _subject(text)
    return _item(subject, CheckState.MISSING, text, _capitalized(remedy), _location(subject), subject.partition(".")[2])


def _subject(text: str) -> str:
    """`Object.Field` if the sentence names one, else `Object`, else `Org`."""
    found = list(SUBJECT.finditer(text))
    with_field = next((match for match in found if match[2]), None)
    match = with_field or (found[0] if found else None)
    return match[0] if match else "Org"


def _location(subject: str) -> str:
    sobject, _, field = subject.partition(".")
    label = {"CampaignMember": "Campaign Member"}.get(sobject, sobject)
    if field:
        return f"Salesforce: Setup, Object Manager, {label}, Fields & Relationships"
    return PERMISSIONS if subject != "Org" else "Salesforce: Setup"


def _capitalized(text: str) -> str:
    sentence = text[:1].upper() + text[1:]
    return sentence if sentence.endswith(".") else f"{sentence}."


def _calls(client: SalesforceClient, reserve: float) -> CheckItem:
    if client.usage is None:
        return _item(AFTER_LOGIN[2], CheckState.UNKNOWN, "Salesforce does not state the calls used.")
    used, limit = client.usage
    detail = f"{used:,} of {limit:,} calls are used."
    if used >= limit * (1 - reserve / 100):
        return _item(
            AFTER_LOGIN[2], CheckState.MISSING, f"{detail} The last {reserve:g} % are never used.",
            "Wait until calls of the last 24 hours expire, or raise the limit.",
            "Salesforce: Setup, Company Information",
        )  # fmt: skip
    return _item(AFTER_LOGIN[2], CheckState.OK, detail)


def _unknown(*subjects: str) -> Iterator[CheckItem]:
    for subject in subjects:
        yield _item(subject, CheckState.UNKNOWN, "Checked once the lines above are settled.")

"""Options of writes: the requests each applies to, its header, and its equivalent in a bulk job.

`Sforce-` headers do not apply to bulk jobs (Bulk API 2.0 guide: Create a Job lists `Sforce-Call-Options` only), so an
option that a bulk job cannot express sends its rows, or those that the job rejects for it, by collections.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from livestorm_salesforce.clients.salesforce.operations import Create, Delete, Request, Update, Upsert
from livestorm_salesforce.clients.salesforce.soql import Query


class BulkEquivalent(StrEnum):
    """How rows with an option are written when they are too many for collections."""

    COLLECTIONS = "collections"  # all rows by collections
    RETRY_REJECTED = "retry_rejected"  # by a bulk job; rows it rejects with the option's code by collections


@dataclass(frozen=True)
class WriteOption:
    """One option.

    Attributes:
        applies_to: True for requests that the option concerns.
        header, on, off: header and its values; `off` is sent with every other write, None sends no header.
        rejection: error code of rows that a bulk job rejects because it ignores the option.
    """

    name: str
    applies_to: Callable[[Request], bool]
    header: str
    on: str
    off: str | None
    bulk: BulkEquivalent
    rejection: str | None = None


def _creates_leads(request: Request) -> bool:
    return isinstance(request, Create) and request.object == "Lead"


def _saves_records(request: Request) -> bool:
    return isinstance(request, Create | Update | Upsert)


#: Without `Sforce-Auto-Assign` Salesforce runs the active rule on updates, too (REST API guide: Assignment Rule
#: Header), and an upsert may update: FALSE is sent with everything but creations of Leads. A bulk job needs the id of a
#: rule (`assignmentRuleId`), which not every user can read: collections give the same result for any number of rows.
AUTO_ASSIGN = WriteOption(
    "auto_assign", _creates_leads, "Sforce-Auto-Assign", "TRUE", "FALSE", BulkEquivalent.COLLECTIONS
)
#: A rule that alerts rejects a row without the header; a rule that blocks rejects it anyway.
DUPLICATE_RULE_ALLOW_SAVE = WriteOption(
    "duplicate_rule_allow_save",
    _saves_records,
    "Sforce-Duplicate-Rule-Header",
    "allowSave=true",
    None,
    BulkEquivalent.RETRY_REJECTED,
    "DUPLICATES_DETECTED",
)
OPTIONS = (AUTO_ASSIGN, DUPLICATE_RULE_ALLOW_SAVE)


class WriteOptions:
    """The options that are switched on.

    Args:
        enabled: names of options.
    """

    def __init__(self, *enabled: str) -> None:
        self._enabled = frozenset(enabled)

    def headers(self, request: Request) -> dict[str, str]:
        """`Sforce-` headers of a request; none for a query and a deletion."""
        if isinstance(request, Query | Delete):
            return {}
        values = {option.header: option.on if self._is_on(option, request) else option.off for option in OPTIONS}
        return {header: value for header, value in values.items() if value is not None}

    def admits_bulk(self, request: Request) -> bool:
        """False if a bulk job would ignore an option of this request."""
        return not any(option.bulk is BulkEquivalent.COLLECTIONS and self._is_on(option, request) for option in OPTIONS)

    def retried_codes(self, request: Request) -> frozenset[str]:
        """Error codes of a bulk job's rows that collections may accept, because they carry the options."""
        return frozenset(option.rejection for option in OPTIONS if option.rejection and self._is_on(option, request))

    def _is_on(self, option: WriteOption, request: Request) -> bool:
        return option.name in self._enabled and option.applies_to(request)

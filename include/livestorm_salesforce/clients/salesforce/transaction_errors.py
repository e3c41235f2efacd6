"""Recognises errors that concern a whole transaction: a trigger or flow of the org failed for all rows together.

The rows of a collections call, and each 200 rows of a bulk job, run through the org's triggers and flows in one
transaction. One that exceeds a limit (CPU time, queries, heap) is rolled back, and each row has the same error. Codes
and texts are those of public issue trackers (field A3).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from livestorm_salesforce.clients.salesforce.operations import RowResult

#: Codes of failed triggers and flows. The message of a rejected value has a code of its own.
AUTOMATION_CODES = frozenset(
    {
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "CANNOT_EXECUTE_FLOW_TRIGGER",
        "UNKNOWN_EXCEPTION",
        "LIMIT_EXCEEDED",
        "APEX_ERROR",
        "SYSTEM_TIMEOUT",
        "QUERY_TIMEOUT",
    }
)
#: Texts of exceeded limits (Apex Developer Guide: Execution Governors and Limits). Salesforce does not translate them.
LIMIT_TEXT = re.compile(
    r"LimitException|Too many (?:SOQL|SOSL|DML|query|future|queueable|callouts|email|script|flow|records|rows)"
    r"|CPU time|heap size|CPU_TIME_LIMIT|APEX_[A-Z_]*LIMIT|Maximum (?:trigger|stack) depth|number of iterations"
    r"|executed elements|governor limit|time limit exceeded"
    # texts of triggers that check the number of rows themselves
    r"|(?:batch|bulk) size|(?:more than|at most|only) \d+ (?:rows|records|leads|contacts|members)",
    re.IGNORECASE,
)


def is_limit_error(result: RowResult) -> bool:
    """Whether a row failed because its transaction exceeded a limit of Apex or flows."""
    return not result.success and is_limit_text([result.message or ""])


def is_limit_text(messages: Iterable[str]) -> bool:
    """Whether one of these messages is that of an exceeded limit."""
    return any(LIMIT_TEXT.search(message) for message in messages)


def may_concern_transaction(result: RowResult) -> bool:
    """Whether the error of a row may be that of its transaction: a limit, or a failed trigger or flow."""
    return not result.success and (result.code in AUTOMATION_CODES or is_limit_error(result))


def rows_of_failed_transaction(results: Mapping[int, RowResult]) -> list[int]:
    """The rows whose error is that of their transaction; empty if there is none.

    An exceeded limit names itself. Any other error of a trigger or flow counts if no row was written and at least two
    rows share it: one row may have stopped the transaction, or the text is not a known one.

    Args:
        results: result of each row of one transaction.
    """
    over_limit = [row for row, result in results.items() if is_limit_error(result)]
    if over_limit:
        return over_limit
    if any(result.success for result in results.values()):
        return []
    shared = Counter((one.code, one.message) for one in results.values() if may_concern_transaction(one))
    return [row for row, one in results.items() if shared[one.code, one.message] > 1]

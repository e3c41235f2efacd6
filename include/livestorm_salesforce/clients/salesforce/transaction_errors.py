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
#: Texts of exceeded limits (Apex Developer Guide: Execution Governors and Limits). Salesforce does not translate them,
#: and a trigger may hand them on under any code.
LIMIT_TEXT = re.compile(
    r"LimitException|Too many [A-Za-z ]{3,60}: ?\d+|CPU[ -]time[ -]limit|CPU_TIME_LIMIT|heap size too large"
    r"|APEX_[A-Z_]*LIMIT|Maximum (?:trigger|stack) depth|(?:governor|Apex) limit|executed elements"
    r"|number of iterations (?:exceeded|has)",
    re.IGNORECASE,
)
#: Codes of texts that an administrator or developer of the org wrote: validation rules, and `addError` of triggers.
CUSTOM_TEXT_CODES = frozenset({"FIELD_CUSTOM_VALIDATION_EXCEPTION", "CUSTOM_VALIDATION_EXCEPTION"})
#: Texts of triggers that check the number of rows themselves: they speak of rows, records or a transaction. "At most 5
#: members" is a rule about a Campaign.
BATCH_TEXT = re.compile(
    r"too many (?:rows|records)|(?:more than|at most|only) \d+ (?:rows|records)"
    r"|(?:batch|bulk|chunk|transaction) ?size|\d+ [\w ]{1,40}(?:at once|at a time|in one go|\bper "
    r"(?:batch|transaction|call|request)|à la fois|en une (?:seule )?fois|par lot|par transaction|auf einmal"
    r"|gleichzeitig|pro Transaktion|a la vez|por lote|por transacci[oó]n)",
    re.IGNORECASE,
)
#: Numbers of rows in the error of a whole call: no validation rule writes it, so it speaks of a transaction.
COUNT_TEXT = re.compile(r"(?:more than|at most|only) \d+ (?:leads|contacts|members)", re.IGNORECASE)
#: What differs between rows with the same error: ids of records and of errors, numbers.
_VARIABLE = re.compile(r"\b(?=\w*\d)\w{15}(?:\w{3})?\b|\d+")


def is_limit_error(result: RowResult) -> bool:
    """Whether a row failed because its transaction exceeded a limit of Apex or flows."""
    return not result.success and bool(LIMIT_TEXT.search(result.message or ""))


def is_limit_of_call(messages: Iterable[str]) -> bool:
    """Whether one of these messages, with which a whole call was rejected, is that of an exceeded limit."""
    texts = (LIMIT_TEXT, BATCH_TEXT, COUNT_TEXT)
    return any(text.search(message) for message in messages for text in texts)


def may_concern_transaction(result: RowResult) -> bool:
    """Whether the error of a row may be that of its transaction: a limit, or a failed trigger or flow."""
    if result.success:
        return False
    is_about_batch = result.code in CUSTOM_TEXT_CODES and BATCH_TEXT.search(result.message or "")
    return result.code in AUTOMATION_CODES or bool(is_about_batch) or is_limit_error(result)


def rows_of_failed_transaction(results: Mapping[int, RowResult]) -> list[int]:
    """The rows whose error is that of their transaction; empty if there is none.

    An exceeded limit names itself. Any other error of a trigger or flow counts if no row was written and at least two
    rows share it: one row may have stopped the transaction, or the text is not a known one, for example in another
    language.

    Args:
        results: result of each row of one transaction.
    """
    over_limit = [row for row, result in results.items() if is_limit_error(result)]
    if over_limit:
        return over_limit
    if any(result.success for result in results.values()):
        return []
    errors = {row: _error(result) for row, result in results.items() if may_concern_transaction(result)}
    shared = Counter(errors.values())
    return [row for row, error in errors.items() if shared[error] > 1]


def _error(result: RowResult) -> tuple[str | None, str]:
    return result.code, _VARIABLE.sub("#", result.message or "")

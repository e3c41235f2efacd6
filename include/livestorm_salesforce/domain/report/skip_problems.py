"""Problems of registrants that are not synced: one per reason, with a count and a remedy.

Most of them are decisions of the mapping, so they are notes: no run is red or needs attention because of them. Each
report counts the registrants that its run read.
"""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.registrants.eligibility import SkipReason
from livestorm_salesforce.enums import Severity
from livestorm_salesforce.problems import Problem, ProblemCode

SKIP_CODES: dict[SkipReason, ProblemCode] = {
    SkipReason.ANONYMOUS: ProblemCode.ADDRESS_INVENTED,
    SkipReason.EXCLUDED_DOMAIN: ProblemCode.DOMAIN_EXCLUDED,
    SkipReason.EXCLUDED_ADDRESS: ProblemCode.ADDRESS_EXCLUDED,
    SkipReason.TEAM_MEMBER: ProblemCode.TEAM_EXCLUDED,
    SkipReason.ROLE_UNKNOWN: ProblemCode.ROLE_UNKNOWN,
    SkipReason.GUEST_SPEAKER: ProblemCode.GUESTS_EXCLUDED,
    SkipReason.NO_ADDRESS: ProblemCode.ADDRESS_MISSING,
    SkipReason.INVALID_ADDRESS: ProblemCode.ADDRESS_INVALID,
    SkipReason.LONG_ADDRESS: ProblemCode.ADDRESS_TOO_LONG,
    SkipReason.TOO_EARLY: ProblemCode.REGISTERED_EARLY,
}
#: A role that Livestorm does not document may be one of people who should be synced.
SEVERITIES = {SkipReason.ROLE_UNKNOWN: Severity.PROBLEM}


def skip_problems(accounting: pd.DataFrame) -> list[Problem]:
    """Registrants per reason of `SkipReason`.

    Args:
        accounting: `reason`. Registrants that are merged into another row, or unchanged, are synced and not counted.
    """
    counts = accounting["reason"].value_counts()
    return [
        Problem(code, SEVERITIES.get(reason, Severity.NOTE), int(counts[reason.value]))
        for reason, code in SKIP_CODES.items()
        if reason.value in counts.index
    ]

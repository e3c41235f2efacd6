"""What the system fields of a record tell about who changed it."""

from __future__ import annotations

import pandas as pd

#: Automation of the org may change a record for this time after its creation.
AUTOMATION_PERIOD = pd.Timedelta(minutes=10)
#: Within this time after the creation only flows and triggers of the same transaction change a record.
TRANSACTION_PERIOD = pd.Timedelta(seconds=1)
#: Fields that `is_untouched` needs.
SYSTEM_FIELDS = ["CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate"]


def is_untouched(records: pd.DataFrame, within: pd.Timedelta = AUTOMATION_PERIOD) -> pd.Series:
    """Whether each record was last changed by its creator during its creation, and is not a converted Lead.

    Args:
        records: `SYSTEM_FIELDS`; of Leads IsConverted.
        within: time that counts as creation.
    """
    created, changed = (
        pd.to_datetime(records[name], utc=True, format="ISO8601") for name in ("CreatedDate", "LastModifiedDate")
    )
    in_creation = changed - created <= within
    by_creator = records["LastModifiedById"] == records["CreatedById"]
    is_converted = records["IsConverted"].eq(True) if "IsConverted" in records else False
    return by_creator & in_creation & ~pd.Series(is_converted, index=records.index)

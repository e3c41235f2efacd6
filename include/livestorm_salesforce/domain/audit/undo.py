"""Taking a run back: which of its writes can be, and which a person must look at. Pure.

A field is put back only where it still holds what we wrote. Records that a run made are listed; they are deleted only
if that is asked for and nobody has touched them since.
"""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.domain.shared.reasons import first_reason

COLUMNS = ["object", "record_id", "field", "before", "after", "now", "decision", "why", "source_key", "campaign_ref"]
PUT_BACK, DELETE, LEAVE = "put back", "delete", "leave"
DELETABLE = ["CampaignMember", "Lead", "Contact"]
#: A record's own creation may be followed by automation of the org for a short time.
SETTLING = pd.Timedelta(minutes=10)


def collapse(every: pd.DataFrame, mine: pd.Series) -> pd.DataFrame:
    """One row per record and field: what it held before the run's first write and after its last, whether the run made
    the record, and whether another run has written the field since.

    Args:
        every: the audit in the order it was written. mine: which of its rows are the run's.
    """
    every = every.dropna(subset="record_id")
    by = ["object", "record_id", "field"]
    rows = every[mine[every.index]]
    since = every.drop_duplicates(by, keep="last").drop(index=rows.index, errors="ignore")
    first, last = (rows.drop_duplicates(by, keep=keep) for keep in ("first", "last"))
    made = rows.loc[rows["action"] == "create", "record_id"]
    merged = last.drop(columns="before").merge(first[[*by, "before"]], on=by)
    merged = merged.merge(since[by], on=by, how="left", indicator="since")
    return merged.assign(created=merged["record_id"].isin(made), since=merged["since"] == "both")


def decide(
    written: pd.DataFrame,
    current: dict[str, pd.DataFrame],
    schemas: dict[str, ObjectSchema],
    others: pd.Series,
    *,
    delete_created: bool = False,
) -> pd.DataFrame:
    """What becomes of each write: columns `COLUMNS`; `decision` is `put back`, `delete` or `leave`.

    Args:
        written: `collapse` of the audit of one run.
        current: per object the records as they are, with the written fields, CreatedById, LastModifiedById,
            CreatedDate, LastModifiedDate, for Leads IsConverted, and for people LastActivityDate where the org shows
            it; a record that is gone is absent.
        others: ids of records that must not be deleted: written by later runs, or with members of other origin.
    """
    parts = [_updates(written, current, schemas), _creations(written, current, schemas, others, delete_created)]
    return pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS).astype("str")


def _updates(written: pd.DataFrame, current: dict[str, pd.DataFrame], schemas: dict[str, ObjectSchema]) -> pd.DataFrame:
    rows = _with_current(written[~written["created"]], current, schemas)
    rules = [
        (~rows["exists"], "the record is gone"),
        (_same(rows["now"], rows["before"]), "holds its old value already"),
        (~_same(rows["now"], rows["after"]), "changed since by somebody else"),
        (rows["since"], "written since by another run"),
        (~rows["writeable"], "the field cannot be written any more"),
    ]
    why = first_reason(rules, "", rows.index)
    decision = pd.Series(PUT_BACK, index=rows.index).where(why == "", LEAVE)
    return rows.assign(why=why.where(why != "", "still holds what the run wrote"), decision=decision)


def _creations(
    written: pd.DataFrame,
    current: dict[str, pd.DataFrame],
    schemas: dict[str, ObjectSchema],
    others: pd.Series,
    delete_created: bool,
) -> pd.DataFrame:
    """One row per record made: deleted only on request, and only as it was left."""
    fields = _with_current(written[written["created"]], current, schemas)
    fields["differs"] = ~_same(fields["now"], fields["after"])
    rows = fields.drop_duplicates("record_id").set_index("record_id", drop=False)
    changed = fields.groupby("record_id")["differs"].any().reindex(rows.index)
    rules = [
        (~rows["exists"], "the record is gone"),
        (~rows["object"].isin(DELETABLE), "made by the run; Campaigns and statuses are never deleted"),
        (~_truth(rows["untouched"]), "made by the run and touched by others since: never deleted"),
        (_truth(rows["active"]), "made by the run and somebody has logged an activity with it: never deleted"),
        (changed, "made by the run and changed since: never deleted"),
        (rows["record_id"].isin(others), "made by the run and used since: never deleted"),
        (~pd.Series(delete_created, index=rows.index), "made by the run; deleted only with delete_created"),
    ]
    why = first_reason(rules, "", rows.index)
    decision = pd.Series(DELETE, index=rows.index).where(why == "", LEAVE)
    why = why.where(why != "", "made by the run, nobody has touched it")
    return rows.assign(field=None, before=None, after=None, now=None, why=why, decision=decision)


def _with_current(
    rows: pd.DataFrame, current: dict[str, pd.DataFrame], schemas: dict[str, ObjectSchema]
) -> pd.DataFrame:
    """Add `now`, `exists`, `untouched`, `active` and `writeable`."""
    pieces = []
    for (sobject, field), part in rows.groupby(["object", "field"]):
        records = current[sobject].set_index("Id")
        info = schemas[sobject].fields.get(field)
        held = records.reindex(part["record_id"])
        known = info is not None and field in held
        now = normalize.canonical(held[field], info) if known else pd.Series(None, index=held.index, dtype="str")
        pieces.append(part.assign(
            now=now.to_numpy(), exists=part["record_id"].isin(records.index).to_numpy(),
            untouched=_untouched(records).reindex(part["record_id"]).to_numpy(),
            active=_active(records).reindex(part["record_id"]).to_numpy(),
            writeable=bool(info and info.updateable),
        ))  # fmt: skip
    if not pieces:
        absent = dict.fromkeys(["exists", "untouched", "active", "writeable"], False)
        return rows.assign(now=None, **absent).astype({"now": "str"})
    return pd.concat(pieces, ignore_index=True).astype({"now": "str"})


def _untouched(records: pd.DataFrame) -> pd.Series:
    """Last changed by the user that made it, while it was being made; a converted Lead has become a Contact."""
    made, changed = (
        pd.to_datetime(records[name], utc=True, format="ISO8601") for name in ("CreatedDate", "LastModifiedDate")
    )
    soon = changed - made <= SETTLING
    own = records["LastModifiedById"] == records["CreatedById"]
    converted = records["IsConverted"].eq(True) if "IsConverted" in records else False
    return own & soon & ~pd.Series(converted, index=records.index)


def _active(records: pd.DataFrame) -> pd.Series:
    """A closed task or an event has been logged with the person: that leaves LastModifiedDate alone, and dates
    LastActivityDate (Salesforce Help, Differences between Last Activity and Last Modified Dates)."""
    if "LastActivityDate" not in records:
        return pd.Series(False, index=records.index)
    return records["LastActivityDate"].notna()


def _same(one: pd.Series, other: pd.Series) -> pd.Series:
    return (one.fillna("") == other.fillna("")).astype(bool)


def _truth(values: pd.Series) -> pd.Series:
    return values.eq(True)


def detect_applied(
    sent: pd.DataFrame, current: dict[str, pd.DataFrame], schemas: dict[str, ObjectSchema]
) -> pd.DataFrame:
    """Of the rows that were to be put back or deleted, those that a later reading finds put back or gone.

    Args:
        sent: rows of `decide`, none of them `leave`. current, schemas: as for `decide`.
    """
    values = _with_current(sent[sent["decision"] == PUT_BACK].drop(columns="now"), current, schemas)
    back = values[values["exists"].astype(bool) & _same(values["now"], values["before"])]
    there = pd.concat([records["Id"] for records in current.values()])
    gone = sent[(sent["decision"] == DELETE) & ~sent["record_id"].isin(there)]
    return pd.concat([back, gone], ignore_index=True)[COLUMNS]


def undo_entries(rows: pd.DataFrame, reason: str, how: str) -> pd.DataFrame:
    """Rows of `decide` that were put back or deleted, as rows to keep: columns `trail.COLUMNS`."""
    deleted = rows["decision"] == DELETE
    kept = rows.assign(
        action=deleted.map({True: "undo delete", False: "undo"}), before=rows["after"], after=rows["before"],
        field=rows["field"].fillna("Id"), reason=reason, how=how,
    )  # fmt: skip
    return kept[entries.COLUMNS].astype("str")


def rebase(planned: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    """Of what a person saw, what a new reading still allows: an undo may do less than its preview, never more."""
    by = ["object", "record_id", "field", "decision", "before", "after"]
    still = fresh.loc[fresh["decision"] != LEAVE, by].fillna("")
    keyed = planned.assign(**planned[by].fillna(""))
    kept = keyed[by].merge(still, on=by, how="left", indicator="where")["where"] == "both"
    return planned[kept.to_numpy()].reset_index(drop=True)

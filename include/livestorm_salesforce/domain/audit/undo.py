"""Decide which writes of a run can be undone, and which need a person.

A field is restored only if it still holds what the run wrote. Created records are listed; they are deleted only on
request and only if nobody has used them since.
"""

from __future__ import annotations

import pandas as pd

from livestorm_salesforce.domain.audit import entries
from livestorm_salesforce.domain.shared import normalize
from livestorm_salesforce.domain.shared.org_schema import ObjectSchema
from livestorm_salesforce.domain.shared.reasons import first_reason
from livestorm_salesforce.domain.shared.record_history import is_untouched

COLUMNS = ["object", "record_id", "field", "before", "after", "now", "decision", "why", "source_key", "campaign_ref"]
PLACE = ["object", "record_id", "field"]
PUT_BACK, DELETE, LEAVE = "put back", "delete", "leave"
#: A Campaign is reopened before its members change (field A13); members before the people they refer to.
ORDER = ["Campaign", "CampaignMember", "Lead", "Contact", "CampaignMemberStatus"]
DELETABLE = ["CampaignMember", "Lead", "Contact"]


def collapse(log: pd.DataFrame, is_own: pd.Series) -> pd.DataFrame:
    """One row per record and field: `before` of the run's first write, `after` of its last, `created` (whether the run
    created the record) and `since` (whether another run has written the field later).

    Args:
        log: the audit log in order of time.
        is_own: which of its rows the run wrote.
    """
    log = log.dropna(subset="record_id")
    own = log[is_own[log.index]]
    later = log.drop_duplicates(PLACE, keep="last").drop(index=own.index, errors="ignore")
    first, last = (own.drop_duplicates(PLACE, keep=keep) for keep in ("first", "last"))
    created = own.loc[own["action"] == "create", "record_id"]
    merged = last.drop(columns="before").merge(first[[*PLACE, "before"]], on=PLACE)
    merged = merged.merge(later[PLACE], on=PLACE, how="left", indicator="since")
    return merged.assign(created=merged["record_id"].isin(created), since=merged["since"] == "both")


def used_since(written: pd.DataFrame, members: pd.DataFrame, foreign: pd.DataFrame) -> pd.Series:
    """Ids of records that must not be deleted: written by other runs, or people with members of other origin.

    Args:
        written: `collapse` of the run.
        members: Campaign Members of created people: Id, LeadId, ContactId.
        foreign: audit log of all other runs.
    """
    created = written.loc[written["created"], "record_id"]
    others = members[~members["Id"].isin(created)]
    used: pd.Series = pd.concat([foreign["record_id"], others["LeadId"], others["ContactId"]])
    return used.dropna().drop_duplicates()


def decide(
    written: pd.DataFrame,
    current: dict[str, pd.DataFrame],
    schemas: dict[str, ObjectSchema],
    used: pd.Series,
    *,
    delete_created: bool = False,
) -> pd.DataFrame:
    """The decision about each write: columns `COLUMNS`; `decision` is `put back`, `delete` or `leave`.

    Args:
        written: `collapse` of the run.
        current: per object the current records with the written fields, CreatedById, LastModifiedById, CreatedDate,
            LastModifiedDate, for Leads IsConverted, and for people LastActivityDate if the org has it; deleted records
            are absent.
        used: ids of records that must not be deleted (`used_since`).
    """
    parts = [_decide_updates(written, current, schemas)]
    parts.append(_decide_creations(written, current, schemas, used, delete_created))
    return pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS).astype("str")


def rebase(planned: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    """The previewed decisions that a new reading still allows: an undo may do less than its preview, never more."""
    by = [*PLACE, "decision", "before", "after"]
    allowed = fresh.loc[fresh["decision"] != LEAVE, by].fillna("")
    is_allowed = planned[by].fillna("").merge(allowed, on=by, how="left", indicator="where")["where"] == "both"
    return planned[is_allowed.to_numpy()].reset_index(drop=True)


def without_entries(sent: pd.DataFrame, recorded: pd.DataFrame) -> pd.DataFrame:
    """The decisions that have no audit entry yet.

    Args:
        recorded: audit entries of the undo; a deletion has the field `Id`.
    """
    keys = pd.MultiIndex.from_frame(sent[PLACE].fillna({"field": "Id"}))
    return sent[~keys.isin(recorded.set_index(PLACE).index)].reset_index(drop=True)


def detect_applied(
    sent: pd.DataFrame, current: dict[str, pd.DataFrame], schemas: dict[str, ObjectSchema]
) -> pd.DataFrame:
    """Of the decisions that were sent, those that a later reading finds applied.

    Args:
        sent: rows of `decide`, none of them `leave`.
        current: as for `decide`.
    """
    values = _with_current(sent[sent["decision"] == PUT_BACK].drop(columns="now"), current, schemas)
    restored = values[values["exists"].astype(bool) & _same(values["now"], values["before"])]
    existing = pd.concat([records["Id"] for records in current.values()])
    deleted = sent[(sent["decision"] == DELETE) & ~sent["record_id"].isin(existing)]
    return pd.concat([restored, deleted], ignore_index=True)[COLUMNS]


def undo_entries(rows: pd.DataFrame, reason: str, how: str) -> pd.DataFrame:
    """Applied decisions as audit entries: columns `entries.COLUMNS`."""
    is_deleted = rows["decision"] == DELETE
    kept = rows.assign(
        action=is_deleted.map({True: "undo delete", False: "undo"}), before=rows["after"], after=rows["before"],
        field=rows["field"].fillna("Id"), reason=reason, how=how,
    )  # fmt: skip
    return kept[entries.COLUMNS].astype("str")


def _decide_updates(
    written: pd.DataFrame, current: dict[str, pd.DataFrame], schemas: dict[str, ObjectSchema]
) -> pd.DataFrame:
    rows = _with_current(written[~written["created"]], current, schemas)
    rules = [
        (~rows["exists"], "the record was deleted"),
        (_same(rows["now"], rows["before"]), "already holds its old value"),
        (~_same(rows["now"], rows["after"]), "changed since by another user"),
        (rows["since"], "written since by another run"),
        (~rows["writeable"], "the field is no longer writeable"),
    ]
    why = first_reason(rules, "", rows.index)
    decision = pd.Series(PUT_BACK, index=rows.index).where(why == "", LEAVE)
    return rows.assign(why=why.where(why != "", "still holds what the run wrote"), decision=decision)


def _decide_creations(
    written: pd.DataFrame,
    current: dict[str, pd.DataFrame],
    schemas: dict[str, ObjectSchema],
    used: pd.Series,
    delete_created: bool,
) -> pd.DataFrame:
    """One row per created record."""
    fields = _with_current(written[written["created"]], current, schemas)
    fields["differs"] = ~_same(fields["now"], fields["after"])
    rows = fields.drop_duplicates("record_id").set_index("record_id", drop=False)
    is_changed = fields.groupby("record_id")["differs"].any().reindex(rows.index)
    rules = [
        (~rows["exists"], "the record was deleted"),
        (~rows["object"].isin(DELETABLE), "created by the run; Campaigns and statuses are never deleted"),
        (~_is_true(rows["untouched"]), "created by the run and changed by other users since: never deleted"),
        (_is_true(rows["active"]), "created by the run, and an activity was logged since: never deleted"),
        (is_changed, "created by the run and changed since: never deleted"),
        (rows["record_id"].isin(used), "created by the run and used since: never deleted"),
        (~pd.Series(delete_created, index=rows.index), "created by the run; deleted only with delete_created"),
    ]
    why = first_reason(rules, "", rows.index)
    decision = pd.Series(DELETE, index=rows.index).where(why == "", LEAVE)
    why = why.where(why != "", "created by the run and unchanged")
    return rows.assign(field=None, before=None, after=None, now=None, why=why, decision=decision)


def _with_current(
    rows: pd.DataFrame, current: dict[str, pd.DataFrame], schemas: dict[str, ObjectSchema]
) -> pd.DataFrame:
    """Add `now`, `exists`, `untouched`, `active` and `writeable`."""
    pieces = []
    for (sobject, field), part in rows.groupby(["object", "field"]):
        records = current[str(sobject)].set_index("Id")
        info = schemas[str(sobject)].fields.get(str(field))
        stored = records.reindex(part["record_id"])
        now = pd.Series(None, index=stored.index, dtype="str")
        if info is not None and field in stored:
            now = normalize.canonical(stored[field], info)
        pieces.append(part.assign(
            now=now.to_numpy(), exists=part["record_id"].isin(records.index).to_numpy(),
            untouched=is_untouched(records).reindex(part["record_id"]).to_numpy(),
            active=_is_active(records).reindex(part["record_id"]).to_numpy(),
            writeable=bool(info and info.updateable),
        ))  # fmt: skip
    if not pieces:
        absent = dict.fromkeys(["exists", "untouched", "active", "writeable"], False)
        return rows.assign(now=None, **absent).astype({"now": "str"})
    return pd.concat(pieces, ignore_index=True).astype({"now": "str"})


def _is_active(records: pd.DataFrame) -> pd.Series:
    """A closed task or an event was logged with the person. It sets LastActivityDate and not LastModifiedDate
    (Salesforce Help, Differences between Last Activity and Last Modified Dates)."""
    if "LastActivityDate" not in records:
        return pd.Series(False, index=records.index)
    return records["LastActivityDate"].notna()


def _same(one: pd.Series, other: pd.Series) -> pd.Series:
    return (one.fillna("") == other.fillna("")).astype(bool)


def _is_true(values: pd.Series) -> pd.Series:
    return values.eq(True)

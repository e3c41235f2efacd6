"""Tables of the sync: the pair, sessions and registrations as last loaded, latest answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlalchemy.orm import Mapped, mapped_column

from livestorm_salesforce.state.column_types import Hash64
from livestorm_salesforce.state.tables.base import Base


class Pair(Base):
    """A pair of a Livestorm organisation and a Salesforce org.

    Attributes:
        organization_id, org_id: ids of both, as the services tell them, see `runs.identity`.
        activated_at: sessions that ended before it are out of scope (R12, Q5).
        hmac_key: secret of the e-mail HMACs.
    """

    __tablename__ = "pair"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[str]
    org_id: Mapped[str]
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    hmac_key: Mapped[str]


class ConnectionBinding(Base):
    """The pair that connections lead to. `fingerprint` changes when a connection is edited; `address` are the addresses
    of both services.
    """

    __tablename__ = "connection_binding"
    livestorm_conn_id: Mapped[str] = mapped_column(primary_key=True)
    salesforce_conn_id: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    pair_id: Mapped[str]
    address: Mapped[str]
    bound_at: Mapped[datetime]


class SyncPosition(Base):
    """Times and call allowance after the last successful run. Times are those of Livestorm's clock.

    Attributes:
        listings: time of the last read of each list (`listing.LISTS`).
        window_began: start of the current 30-day window of Livestorm's allowance.
    """

    __tablename__ = "sync_position"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    last_success: Mapped[datetime]
    listings: Mapped[dict[str, Any]]
    window_began: Mapped[datetime | None]
    remaining: Mapped[int | None]
    refreshed: Mapped[int]


class Session(Base):
    """A session as last loaded: `scope.KNOWN_COLUMNS`."""

    __tablename__ = "session"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str | None]
    campaign_id: Mapped[str | None]
    campaign_created: Mapped[str | None]
    registrants_count: Mapped[float | None]
    attendees_count: Mapped[float | None]
    updated_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    full_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    roster_excess: Mapped[float | None]
    retry: Mapped[bool]


class SessionListing(Base):
    """A session as last listed, with its Campaign or the reason why it has none; for pages, warehouse tools, and runs
    that webhooks start, which list nothing.

    Attributes:
        in_scope: whether the session has or gets a Campaign.
        note: why it has no Campaign, or why its registrants were not read; a text of the report.
        listed_at: time of the run by Livestorm's clock.
    """

    __tablename__ = "session_listing"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str | None]
    title: Mapped[str | None]
    name: Mapped[str | None]
    status: Mapped[str]
    in_scope: Mapped[bool]
    note: Mapped[str]
    campaign_id: Mapped[str | None]
    timezone: Mapped[str | None]
    breakout_room_parent_session_id: Mapped[str | None]
    starts_at: Mapped[datetime | None]
    estimated_started_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    registrants_count: Mapped[float | None]
    attendees_count: Mapped[float | None]
    listed_at: Mapped[datetime]
    run_id: Mapped[str]
    __table_args__ = (Index(None, "pair_id", "starts_at"),)


class Event(Base):
    """An event as last listed: `contracts.EVENTS`."""

    __tablename__ = "event"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    registration_link: Mapped[str | None]
    language: Mapped[str | None]
    scheduling_status: Mapped[str | None]
    status: Mapped[str | None]
    description: Mapped[str | None]
    form: Mapped[str | None]
    tags: Mapped[str | None]
    estimated_duration: Mapped[float | None]
    updated_at: Mapped[datetime | None]


class RegistrantList(Base):
    """A session whose registrants were read in full at least once; it may have none."""

    __tablename__ = "registrant_list"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)


class Registration(Base):
    """A registration as of the last read.

    Attributes:
        in_list: whether the registrant was in the session's list at the last read.
        person_hash, member_hash: hashes of the loaded values; null if Salesforce does not hold the values.
        record_id: Salesforce id of the Lead or Contact.
        campaign_id: Salesforce id of the Campaign that this record was left a member of.
        attended, watched: whether Livestorm says that the person attended the session, or watched its replay.
        loaded_at: end of the run that loaded the member for the first time, by the host's clock.
        bucket, reason: how the last run that read the registration accounted for it.
    """

    __tablename__ = "registration"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(primary_key=True)
    email_hmac: Mapped[str | None]
    in_list: Mapped[bool]
    registered_at: Mapped[datetime | None]
    person_hash: Mapped[int | None] = mapped_column(Hash64)
    member_hash: Mapped[int | None] = mapped_column(Hash64)
    record_id: Mapped[str | None]
    campaign_id: Mapped[str | None]
    attended: Mapped[bool | None]
    watched: Mapped[bool | None]
    loaded_at: Mapped[datetime | None]
    bucket: Mapped[str | None]
    reason: Mapped[str | None]
    run_id: Mapped[str | None]
    __table_args__ = (Index(None, "pair_id", "email_hmac"), Index(None, "pair_id", "record_id"))


class LatestAnswer(Base):
    """Per person the registration time of the answer last written, by attribute (milliseconds since 1970).

    One row per person: 100,000 registrants with ten attributes are 100,000 rows, not a million.
    """

    __tablename__ = "latest_answer"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    email_hmac: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[dict[str, Any]]


class UsedMapping(Base):
    """What row hashes take from a mapping that a run has written with: `row_hashes.HashedMapping`. No values of it."""

    __tablename__ = "used_mapping"
    pair_id: Mapped[str] = mapped_column(primary_key=True)
    mapping_hash: Mapped[int] = mapped_column(Hash64, primary_key=True)
    person: Mapped[list[str]] = mapped_column(JSON)
    member: Mapped[list[str]] = mapped_column(JSON)
    used_at: Mapped[datetime]

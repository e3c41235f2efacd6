"""The tables of the state database. Every table belongs to a pair (`pair_id`), except `pair`, `rate_window`,
`task_failure`, `notification`, `setup_check` and `erasure_certificate`.

Tables with personal data: `quarantine` (messages), `audit`, `webhook_delivery`. E-mail addresses are stored as HMAC
elsewhere.
"""

from livestorm_salesforce.state.tables.base import Base
from livestorm_salesforce.state.tables.run import (
    Approval,
    ErasureCertificate,
    Notification,
    RateWindow,
    Run,
    SetupCheck,
    TaskFailure,
    WebhookActivity,
    WebhookDelivery,
)
from livestorm_salesforce.state.tables.sync import (
    ConnectionBinding,
    Event,
    LatestAnswer,
    Pair,
    RegistrantList,
    Registration,
    Session,
    SessionListing,
    SyncPosition,
    UsedMapping,
)
from livestorm_salesforce.state.tables.write import (
    AuditEntry,
    LastWrite,
    OrgDescribe,
    Quarantine,
    TransactionSize,
    WriteIntent,
)

__all__ = [
    "Approval",
    "AuditEntry",
    "Base",
    "ConnectionBinding",
    "ErasureCertificate",
    "Event",
    "LastWrite",
    "LatestAnswer",
    "Notification",
    "OrgDescribe",
    "Pair",
    "Quarantine",
    "RateWindow",
    "RegistrantList",
    "Registration",
    "Run",
    "Session",
    "SessionListing",
    "SetupCheck",
    "SyncPosition",
    "TaskFailure",
    "TransactionSize",
    "UsedMapping",
    "WebhookActivity",
    "WebhookDelivery",
    "WriteIntent",
]

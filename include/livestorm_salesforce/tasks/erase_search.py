"""A person's own rows of the database: a search that changes nothing and opens no file.

A page waits for it, and a store has thousands of files. The erasure itself searches all files and all texts, and its
certificate counts them.
"""

from __future__ import annotations

from dataclasses import dataclass

from livestorm_salesforce.domain.audit.erasure import DataSubject
from livestorm_salesforce.domain.shared.mail_domains import spellings
from livestorm_salesforce.runs.context import AppContext
from livestorm_salesforce.state import erasure
from livestorm_salesforce.tasks.erase import email_key_of, hmac_of_address


@dataclass(frozen=True)
class Affected:
    """Rows of a person.

    Attributes:
        hmac: HMAC of the address, for the DAG `livestorm_salesforce_erase`.
        tables: rows by table.
    """

    hmac: str
    tables: dict[str, int]

    @property
    def is_empty(self) -> bool:
        """Whether the database holds nothing."""
        return not any(self.tables.values())


def find_affected(app: AppContext, address: str) -> Affected:
    """Search the database for a person.

    Raises:
        ConfigError: the text is no address, or no run has used these connections.
    """
    email_key, secret = email_key_of(address), app.settings.key_secret
    key = secret.get_secret_value() if secret else None
    subject = DataSubject(email_key.__eq__, {*spellings([email_key])})
    hmac = hmac_of_address(app, address)
    with app.database.reading() as connection:
        return Affected(hmac, erasure.own_rows(connection, subject, key))

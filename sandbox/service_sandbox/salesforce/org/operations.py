"""Operations on records."""

from enum import StrEnum


class Operation(StrEnum):
    """What a write does to a record."""

    CREATE = "create"
    UPDATE = "update"
    UPSERT = "upsert"
    DELETE = "delete"

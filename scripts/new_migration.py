"""Write the migration between the newest one and the tables: `python -m scripts.new_migration 0002 "Add a column"`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from livestorm_salesforce.state import migrate


def main(revision: str, message: str) -> None:
    """Write `migrations/versions/REVISION_....py`; read it, and add what Alembic does not detect, such as views."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).with_name("migrations")))
    with tempfile.TemporaryDirectory() as folder, create_engine(f"sqlite:///{folder}/state.db").connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        command.revision(config, message, autogenerate=True, rev_id=revision)


if __name__ == "__main__":
    main(*sys.argv[1:])

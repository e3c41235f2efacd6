"""Locations from the settings: the store of run folders and the state database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from livestorm_salesforce.clients.connections import stored_connection
from livestorm_salesforce.config.settings import PREFIX, Locations
from livestorm_salesforce.errors import ConfigError
from livestorm_salesforce.state import database_url
from livestorm_salesforce.state.database import Database
from livestorm_salesforce.state.opening import open_database
from livestorm_salesforce.storage import Folder

#: Name of the file of the SQLite database.
DATABASE_FILE = "state.db"


def store_folder(settings: Locations) -> Folder:
    """The folder that holds the run folders; a local one is private to this user.

    Raises:
        ConfigError: no provider for the kind of storage is installed.
    """
    from airflow.sdk import ObjectStoragePath

    address = settings.store or f"file://{_default_folder()}"
    try:
        path = ObjectStoragePath(address)
        # Listings and the existence of files would be remembered, although other machines change them.
        path.fs.dircache.use_listings_cache = False
    except (ValueError, ImportError) as error:
        raise ConfigError(
            f"The store {address} cannot be used ({error}).",
            remedy="install Airflow's provider for this storage, such as the extra s3 of this project",
        ) from None
    root = Folder(path)
    root.make_private()
    return root


def run_folders_of_all_pairs(store: Folder) -> Iterator[Folder]:
    """The run folders of all pairs that use this store."""
    pairs = store.folder("runs")
    for pair in map(pairs.folder, pairs.names()):
        yield from map(pair.folder, pair.names())


def state_database_url(settings: Locations) -> str:
    """The URL of the state database: the setting `database`, the connection `database_conn_id`, or a SQLite file.

    The file is in the store if that is a local folder, else in Airflow's home.

    Raises:
        ConfigError: the connection is missing, or no PostgreSQL connection, or tasks run on several machines, which
            would each have a file of their own.
    """
    from airflow.sdk import conf

    if settings.database:
        return settings.database.get_secret_value()
    if settings.database_conn_id:
        return database_url.of_connection(stored_connection(settings.database_conn_id))
    executor = conf.get("core", "executor", fallback="LocalExecutor")
    if "Local" not in executor:
        raise ConfigError(
            f"The executor {executor} runs tasks on several machines, and no state database is set.",
            remedy=f"set {PREFIX}DATABASE or {PREFIX}DATABASE_CONN_ID to a PostgreSQL database that all of them reach",
        )
    store = settings.store or ""
    is_local = store.startswith(("file://", "/"))
    folder = Path(store.removeprefix("file://")) if is_local else _default_folder()
    return database_url.of_file(folder / DATABASE_FILE)


def state_database() -> Database:
    """The state database; needs neither a pair nor valid settings other than locations.

    Raises:
        ConfigError: as `state_database_url`.
    """
    return open_database(state_database_url(Locations()))


def _default_folder() -> Path:
    return Path(os.environ.get("AIRFLOW_HOME") or Path.home() / "airflow") / "livestorm_salesforce"

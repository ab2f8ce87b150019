"""Making a ledger file and opening one, so that no empty one ever takes the place of another."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine, insert, select

from engine.errors import NotFoundError, WorkspaceError
from engine.ledger import tables
from engine.ledger.entry import FORMAT
from engine.ledger.faults import damaged
from engine.ledger.signing import Signer
from engine.ledger.writing import Identity

KEY_SUFFIX = ".key"


def key_path(path: Path) -> Path:
    """Where the signing key of the ledger ``path`` lies."""
    return path.with_suffix(KEY_SUFFIX)


def new_origin(base: str) -> str:
    """A name that no other ledger has, built on the host and path of ``base``."""
    parts = urlsplit(base)
    return f"{parts.netloc}{parts.path.rstrip('/')}/ledger/{secrets.token_hex(16)}"


def create_file(path: Path, base: str, origin: str) -> None:
    """Make an empty ledger and its key; the file appears whole. Raises WorkspaceError."""
    for there in (path, key_path(path), _beside(path, "-wal")):
        if there.exists():
            raise WorkspaceError(
                f"{there} is there already, so no new ledger is made at {path}",
                remedy="Open the ledger that it belongs to, restore it from a backup, or name "
                "another folder.",
            )
    signer = Signer.generate(origin)
    incoming = _beside(path, ".new")
    incoming.unlink(missing_ok=True)
    engine = tables.connect(incoming, mode="rwc")
    with engine.connect() as connection, tables.writing(connection).begin():
        tables.metadata.create_all(connection)
        values = {"format": FORMAT, "origin": origin, "base": base, "key": signer.verifier.text}
        rows = [{"name": name, "value": value} for name, value in values.items()]
        connection.execute(insert(tables.setting), rows)
    # Closing the last connection moves the log into the file and removes it.
    engine.dispose()
    signer.save(key_path(path))
    incoming.rename(path)
    _sync_folder(path.parent)


def open_file(path: Path, *, read_only: bool) -> Engine:
    """Connections to the ledger at ``path``. Raises NotFoundError, IntegrityError."""
    if not path.is_file():
        raise NotFoundError(
            f"there is no ledger at {path}",
            remedy="Check the folder's name, or restore the ledger from a backup.",
        )
    if path.stat().st_size == 0:
        raise damaged(path, "the file is empty")
    lacking = _missing_bytes(path)
    if lacking > 0 and not _in_use(path):
        raise damaged(path, f"its last {lacking} bytes are missing")
    return tables.connect(path, mode="ro" if read_only else "rw")


def identity(connection: Connection, path: Path) -> Identity:
    """What the ledger says it is. Raises IntegrityError."""
    columns = tables.setting.c
    rows = connection.execute(select(columns.name, columns.value))
    values: dict[str, str] = {row.name: row.value for row in rows}
    if values.get("format") != FORMAT:
        raise damaged(path, f'its format is "{values.get("format")}", not "{FORMAT}"')
    missing = {"origin", "base", "key"} - values.keys()
    if missing:
        raise damaged(path, f"it lacks the setting {min(missing)}")
    return Identity(values["origin"], values["base"], values["key"])


def _missing_bytes(path: Path) -> int:
    """How much shorter the file is than its first page says: SQLite reads zeros for the rest."""
    with path.open("rb") as file:
        head = file.read(100)
    page = int.from_bytes(head[16:18])
    pages = int.from_bytes(head[28:32])
    # Only then is the number of pages one of this version of SQLite.
    known = head[24:28] == head[92:96]
    return pages * (65_536 if page == 1 else page) - path.stat().st_size if known else 0


def _in_use(path: Path) -> bool:
    """Whether pages may still be in the write-ahead log."""
    log = _beside(path, "-wal")
    return log.exists() and log.stat().st_size > 0


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""The tables of a ledger file and the connections to it.

``entry``, ``part``, ``pack`` and ``blob`` are the record; ``subtree``, ``touch`` and ``name`` can
be computed from it and are compared with it by ``verify``. The SQL is SQLAlchemy Core without
dialect tricks, but for the PRAGMAs below, and for tables being strict: a value of another kind
than its column's is refused, and found by ``PRAGMA integrity_check``.
"""

import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    QueuePool,
    Table,
    Text,
    create_engine,
    event,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

_BUSY_SECONDS = 1.5
_WRITES = "ledger_writes"

metadata = MetaData()

# What the file says about itself: format, origin, base, key. All but format are in entry 1 too.
setting = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_strict=True,
)

# ``header`` is what is hashed; hash, micros (of the instant since 1970) and key repeat it.
entry = Table(
    "entry",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("micros", BigInteger().with_variant(Integer(), "sqlite"), nullable=False, index=True),
    Column("key", Text, unique=True),
    Column("header", LargeBinary, nullable=False),
    sqlite_strict=True,
)

# ``body`` is compressed with zlib; of an erased part salt and body are NULL.
part = Table(
    "part",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, primary_key=True),
    Column("compartment", Text, nullable=False),
    Column("salt", LargeBinary),
    Column("body", LargeBinary),
    sqlite_strict=True,
)

# Hash of each complete subtree of the Merkle tree above its leaves, ``position`` from 0.
subtree = Table(
    "subtree",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    sqlite_strict=True,
)

# IRIs of graphs and predicates, so that ``touch`` stays small.
name = Table(
    "name",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("iri", Text, nullable=False, unique=True),
    sqlite_strict=True,
)

# Which entries changed statements about which subject in which graph, and over which predicates
# (their ids, ascending, with a blank before and after each).
touch = Table(
    "touch",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("graph", Integer, primary_key=True, autoincrement=False),
    Column("predicates", Text, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

# Knowledge packs: the manifest (lines of path NUL digest), and each file once, both compressed.
pack = Table(
    "pack",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("manifest", LargeBinary, nullable=False),
    sqlite_strict=True,
)
blob = Table(
    "blob",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    sqlite_strict=True,
)


def connect(path: Path, *, mode: str) -> Engine:
    """Connections to the ledger file ``path``; ``mode``: ``ro``, ``rw`` or ``rwc`` (may create)."""
    target = f"file:{quote(str(path.absolute()))}?mode={mode}"

    def connection() -> sqlite3.Connection:
        return sqlite3.connect(
            target, uri=True, isolation_level=None, timeout=_BUSY_SECONDS, check_same_thread=False
        )

    engine = create_engine("sqlite://", creator=connection, poolclass=QueuePool)

    @event.listens_for(engine, "connect")
    def prepare(dbapi_connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        cursor = dbapi_connection.cursor()
        if mode != "ro":
            cursor.execute("PRAGMA journal_mode=WAL")
            # A commit is on the disk before it is acknowledged, and erased bytes are overwritten.
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def writing(connection: Connection) -> Connection:
    """``connection``, its next transaction taking the write lock at once."""
    return connection.execution_options(**{_WRITES: True})

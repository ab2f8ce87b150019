"""Knowledge packs: kept with their bytes, each file once."""

import hashlib
import zlib

from sqlalchemy import Connection, insert, select

from engine.errors import IntegrityError, NotFoundError
from engine.knowledge import KnowledgePack
from engine.ledger import tables

_MAX_FILE = 256 * 1024**2


def put(connection: Connection, pack: KnowledgePack) -> None:
    """Keep ``pack``; what is there already is left alone."""
    columns = tables.pack.c
    if connection.execute(select(columns.digest).where(columns.digest == pack.digest)).first():
        return
    there = set(connection.execute(select(tables.blob.c.digest)).scalars())
    for path, digest in pack.manifest:
        if digest not in there:
            there.add(digest)
            body = zlib.compress(pack.files[path], 6)
            connection.execute(insert(tables.blob), {"digest": digest, "body": body})
    manifest = "".join(f"{path}\0{digest}\n" for path, digest in pack.manifest)
    row = {"digest": pack.digest, "manifest": zlib.compress(manifest.encode(), 6)}
    connection.execute(insert(tables.pack), row)


def get(connection: Connection, digest: str) -> KnowledgePack:
    """The pack ``digest``. Raises NotFoundError, IntegrityError where its bytes do not fit."""
    manifest = connection.execute(
        select(tables.pack.c.manifest).where(tables.pack.c.digest == digest)
    ).scalar()
    if manifest is None:
        raise NotFoundError(
            f'no knowledge pack "{digest[:80]}" was ever in force here',
            remedy="`aims log` shows the packs that were.",
        )
    text = _unpacked(manifest, digest)
    if hashlib.sha256(text).hexdigest() != digest:
        raise _damaged(digest, "its list of files")
    return KnowledgePack(dict(_files(connection, text.decode(), digest)))


def _files(connection: Connection, manifest: str, pack: str) -> list[tuple[str, bytes]]:
    lines = [line.split("\0") for line in manifest.split("\n") if line]
    columns = tables.blob.c
    found: list[tuple[str, bytes]] = []
    for path, digest in lines:
        query = select(columns.body).where(columns.digest == digest)
        body = connection.execute(query).scalar()
        data = b"" if body is None else _unpacked(body, pack)
        if body is None or hashlib.sha256(data).hexdigest() != digest:
            raise _damaged(pack, path)
        found.append((path, data))
    return found


def _unpacked(body: bytes, pack: str) -> bytes:
    reader = zlib.decompressobj()
    try:
        data = reader.decompress(body, _MAX_FILE)
    except zlib.error as error:
        raise _damaged(pack, "compressed bytes") from error
    if not reader.eof:
        raise _damaged(pack, "compressed bytes")
    return data


def _damaged(pack: str, what: str) -> IntegrityError:
    return IntegrityError(
        f"the knowledge pack {pack} is damaged: {what}",
        remedy="Restore the ledger from a backup.",
    )

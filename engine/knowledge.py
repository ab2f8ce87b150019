"""The knowledge pack: ontology, shapes, queries and overlays as one content-addressed value.

A pack is named by the SHA-256 over its sorted manifest, so two packs of one digest judge alike.
The ledger keeps the bytes of every pack that was ever in force; the shipped one comes from the
product's data files, with the workspace's ``overlay/*.ttl`` added under the name ``overlay/``.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from engine.assets import assets_root
from engine.errors import ParseError, Place
from engine.rdf import RdfFormat, Triple, parse

_FOLDERS = {"ontology": ".ttl", "shapes": ".ttl", "queries": ".rq"}
_OVERLAY = "overlay/"
_OVERLAY_SHAPES = "overlay/shapes/"


@dataclass(frozen=True)
class KnowledgePack:
    """The files of a pack, path → bytes, with ``/`` in paths; see the module docstring."""

    files: Mapping[str, bytes]

    @cached_property
    def manifest(self) -> tuple[tuple[str, str], ...]:
        """Path and SHA-256 (hex) of each file, sorted by path."""
        return tuple(
            (path, hashlib.sha256(data).hexdigest()) for path, data in sorted(self.files.items())
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over ``path NUL sha256 LF`` of the manifest."""
        lines = "".join(f"{path}\0{digest}\n" for path, digest in self.manifest)
        return hashlib.sha256(lines.encode()).hexdigest()

    @cached_property
    def ontology_triples(self) -> tuple[Triple, ...]:
        """All triples under ``ontology/`` and of overlays that are no shapes."""
        return tuple(self._triples(lambda path: path.startswith("ontology/") or _plain(path)))

    @cached_property
    def shapes_triples(self) -> tuple[Triple, ...]:
        """All triples under ``shapes/`` and ``overlay/shapes/``."""
        return tuple(self._triples(lambda path: path.startswith(("shapes/", _OVERLAY_SHAPES))))

    @cached_property
    def query_texts(self) -> Mapping[str, str]:
        """Text of each named query, by its path without folder and suffix (``audit/lineage``)."""
        return {
            path.removeprefix("queries/").removesuffix(".rq"): data.decode()
            for path, data in sorted(self.files.items())
            if path.startswith("queries/")
        }

    def _triples(self, wanted: Callable[[str], bool]) -> Iterator[Triple]:
        for path, data in sorted(self.files.items()):
            if not path.endswith(".ttl") or not wanted(path):
                continue
            try:
                # Two files may use one blank node label for different nodes.
                for quad in parse(data, format=RdfFormat.TURTLE, rename_blank_nodes=True):
                    yield quad.triple
            except SyntaxError as error:
                raise ParseError(
                    f"the knowledge file does not parse: {error.msg}",
                    place=Place(path, error.lineno, error.offset),
                    remedy="Mend the Turtle at that place.",
                ) from error


def _plain(path: str) -> bool:
    return path.startswith(_OVERLAY) and not path.startswith(_OVERLAY_SHAPES)


def _read(root: Path, folder: str, suffix: str) -> dict[str, bytes]:
    base = root / folder
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(base.rglob(f"*{suffix}"))
    }


@lru_cache(maxsize=4)
def _shipped(root: Path) -> KnowledgePack:
    files: dict[str, bytes] = {}
    for folder, suffix in _FOLDERS.items():
        files |= _read(root, folder, suffix)
    return KnowledgePack(files)


def shipped_pack(overlay: Path | None = None) -> KnowledgePack:
    """The product's pack, with the Turtle files of the folder ``overlay`` added where given.

    Raises ParseError (on first use of the triples) naming the file and place that does not parse.
    """
    pack = _shipped(assets_root())
    if overlay is None or not overlay.is_dir():
        return pack
    extra = {
        _OVERLAY + path.relative_to(overlay).as_posix(): path.read_bytes()
        for path in sorted(overlay.rglob("*.ttl"))
    }
    return KnowledgePack({**pack.files, **extra}) if extra else pack

"""Evidence: bytes into the vault, and the record that says what they are and what they support.

A digest shows that bytes are unchanged since they were received, not that they are true.
"""

import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from engine.derive.verification import verification_state
from engine.errors import InputError, LimitError, Place
from engine.iri import path_segment
from engine.rdf import Literal, NamedNode, Node, Term, Triple
from engine.snapshot import Reader
from engine.vault import Vault
from engine.view import Period, format_instant
from engine.vocab import AIMS, RDF_TYPE, SCHEME, SKOS, XSD

MAX_BYTES = 128 * 1024 * 1024
MAX_TITLE = 1_000


class EvidenceKind(StrEnum):
    """How much a proof can show, from how something should be to whether it works."""

    DESIGN = "design"
    IMPLEMENTATION = "implementation"
    OPERATION = "operation"
    EFFECTIVENESS = "effectiveness"


@dataclass(frozen=True, slots=True)
class EvidenceDescription:
    """What is known about a piece of evidence beside its bytes.

    ``supports``: the controls, tests, policies or other records that it backs. ``covers``: the
    time that it speaks of. ``collected_at``: by default when it is received. ``name``: makes the
    record's IRI; by default the digest does.
    """

    kind: EvidenceKind
    supports: tuple[NamedNode, ...]
    collected_by: NamedNode
    title: str = ""
    name: str = ""
    collected_at: datetime | None = None
    covers: Period | None = None
    valid_until: datetime | None = None
    retention_until: datetime | None = None
    retention_basis: str = ""
    legal_hold: bool = False
    draft: bool = False


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """A new record: its node, the SHA-256 of its bytes, and the triples to commit."""

    node: NamedNode
    digest: str
    triples: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """One record as it stands: ``state`` is verified, missing, mismatch, disposed or
    unverified; ``supports`` are the records that it backs.
    """

    node: Node
    title: str
    digest: str
    state: str
    supports: tuple[Term, ...]

    def to_json(self) -> dict[str, object]:
        """``{"iri", "title", "digest", "state", "supports"}``."""
        return {
            "iri": str(getattr(self.node, "value", self.node)),
            "title": self.title,
            "digest": self.digest,
            "state": self.state,
            "supports": [str(getattr(node, "value", node)) for node in self.supports],
        }


def add_evidence(
    vault: Vault,
    content: Path | bytes,
    description: EvidenceDescription,
    *,
    base: str,
    received_at: datetime,
) -> EvidenceRecord:
    """Put the bytes into the vault and make their record; nothing else is written.

    A path is followed once, and only to an ordinary file; its name is used as a title alone.
    Raises InputError for a path that cannot be read or a description that does not hold
    together, LimitError for more than 128 MiB.
    """
    _check(description, received_at)
    title = description.title or (content.name if isinstance(content, Path) else "")
    digest = vault.put(_bytes(content))
    node = NamedNode(f"{base}evidence/{path_segment(description.name or digest)}")
    return EvidenceRecord(node, digest, _triples(node, digest, title, description, received_at))


def verify_evidence(reader: Reader) -> tuple[EvidenceItem, ...]:
    """Every evidence record of the view whose bytes are not verified, by IRI."""
    return tuple(item for item in list_evidence(reader) if item.state != "verified")


def list_evidence(reader: Reader) -> tuple[EvidenceItem, ...]:
    """Every evidence record of the view, its bytes compared with its digest now, by IRI."""
    found = []
    for node in sorted(reader.instances(AIMS["Evidence"]), key=str):
        digest = reader.value(node, AIMS["digestValue"])
        found.append(
            EvidenceItem(
                node,
                reader.label(node),
                digest.value if isinstance(digest, Literal) else "",
                verification_state(reader, node),
                reader.values(node, AIMS["supports"]),
            )
        )
    return tuple(found)


def _bytes(content: Path | bytes) -> bytes:
    if isinstance(content, bytes):
        size = len(content)
    else:
        try:
            found = content.stat()
            if not stat.S_ISREG(found.st_mode):
                raise InputError(f'"{content}" is not an ordinary file')
            size = found.st_size
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise InputError(f'"{content}" cannot be read: {reason}') from None
    if size > MAX_BYTES:
        raise LimitError(
            f"the evidence has {size:,} bytes, the limit is {MAX_BYTES:,}",
            remedy="Split it, or keep it elsewhere and record its locator and digest.",
        )
    return content if isinstance(content, bytes) else content.read_bytes()


def _check(description: EvidenceDescription, received_at: datetime) -> None:
    if not description.supports:
        raise InputError(
            "the evidence supports nothing",
            place=Place(field="supports"),
            remedy="Name the control, test, policy or other record that it backs.",
        )
    if len(description.title) > MAX_TITLE:
        raise InputError(f"the title is longer than {MAX_TITLE} characters")
    if description.collected_at and description.collected_at > received_at:
        raise InputError(
            "the evidence would have been collected after it was received",
            place=Place(field="collected_at"),
            remedy=f"It is received at {format_instant(received_at)}.",
        )
    if description.retention_until and not description.retention_basis:
        raise InputError(
            "a retention date needs the document or law that asks for it",
            place=Place(field="retention_basis"),
            remedy="Name it.",
        )


def _triples(
    node: NamedNode, digest: str, title: str, given: EvidenceDescription, received_at: datetime
) -> tuple[Triple, ...]:
    status = "draft" if given.draft else "approved"
    links = [
        (RDF_TYPE, AIMS["Evidence"]),
        (AIMS["evidenceKind"], SCHEME[f"evidence-{given.kind}"]),
        (AIMS["status"], SCHEME[f"status-{status}"]),
        (AIMS["collectedBy"], given.collected_by),
        *((AIMS["supports"], supported) for supported in given.supports),
    ]
    texts = {
        AIMS["digestAlgorithm"]: "sha256",
        AIMS["digestValue"]: digest,
        SKOS["prefLabel"]: title,
        AIMS["identifier"]: given.name,
        AIMS["retentionBasis"]: given.retention_basis,
    }
    instants = {
        AIMS["receivedAt"]: received_at,
        AIMS["collectedAt"]: given.collected_at or received_at,
        AIMS["coversFrom"]: given.covers.start if given.covers else None,
        AIMS["coversUntil"]: given.covers.end if given.covers else None,
        AIMS["validUntil"]: given.valid_until,
        AIMS["retentionUntil"]: given.retention_until,
    }
    hold = Literal("true", datatype=XSD["boolean"])
    return (
        *(Triple(node, predicate, value) for predicate, value in links),
        *(Triple(node, predicate, Literal(text)) for predicate, text in texts.items() if text),
        *(
            Triple(node, predicate, _instant(value))
            for predicate, value in instants.items()
            if value is not None
        ),
        *((Triple(node, AIMS["legalHold"], hold),) if given.legal_hold else ()),
    )


def _instant(value: datetime) -> Literal:
    return Literal(format_instant(value.astimezone(UTC)), datatype=XSD["dateTime"])

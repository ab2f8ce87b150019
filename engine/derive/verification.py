"""The state of each piece of evidence as a fact: its bytes in the vault against its digest.

Writes ``aims:verificationState`` on Evidence. A digest that agrees says that the bytes are
unchanged since they were received, not that they are true. Where the reader has no vault, or the
record has no digest that can be compared, the state is *unverified*.
"""

import re
from collections.abc import Collection, Iterator

from engine.derive import Derivation
from engine.derive._upkeep import instances, of_properties
from engine.rdf import Literal, NamedNode, Node, Triple
from engine.snapshot import Reader
from engine.vocab import AIMS, SCHEME

_SHA256 = re.compile(r"[0-9a-f]{64}")


def verification_state(reader: Reader, evidence: Node) -> str:
    """``verified``, ``missing``, ``mismatch``, ``disposed`` or ``unverified``.

    Several digests: each must agree. Bytes that are gone under a disposal record are *disposed*,
    not *missing*; bytes that the vault never had, at a locator such as ``https://…``, are
    *unverified*.
    """
    disposed = reader.value(evidence, AIMS.disposedIn) is not None
    digests = _texts(reader, evidence, AIMS.digestValue)
    algorithms = {text.lower() for text in _texts(reader, evidence, AIMS.digestAlgorithm)}
    comparable = bool(digests) and algorithms == {"sha256"} and all(map(_SHA256.fullmatch, digests))
    if reader.vault is None or not comparable:
        return "disposed" if disposed else "unverified"
    states = {str(reader.vault.verify(digest)) for digest in digests}
    if "mismatch" in states:
        return "mismatch"
    if "missing" not in states:
        return "verified"
    if disposed:
        return "disposed"
    # Bytes kept elsewhere were never ours to lose; nobody compared them here.
    elsewhere = any("://" in text for text in _texts(reader, evidence, AIMS.locator))
    return "unverified" if elsewhere else "missing"


def _texts(reader: Reader, node: Node, prop: NamedNode) -> list[str]:
    return [value.value for value in reader.values(node, prop) if isinstance(value, Literal)]


def _all(reader: Reader) -> Iterator[Triple]:
    return _states(reader, reader.instances(AIMS.Evidence))


def _states(reader: Reader, nodes: Collection[Node]) -> Iterator[Triple]:
    for evidence in instances(reader, AIMS.Evidence, nodes):
        state = SCHEME[f"verification-{verification_state(reader, evidence)}"]
        yield Triple(evidence, AIMS.verificationState, state)


derivation = Derivation(
    name="verification",
    reads=("aims:digestAlgorithm", "aims:digestValue", "aims:disposedIn"),
    writes=("aims:verificationState",),
    run=_all,
    touched=of_properties(
        AIMS.Evidence, AIMS.digestAlgorithm, AIMS.digestValue, AIMS.disposedIn, AIMS.locator
    ),
    about=_states,
)

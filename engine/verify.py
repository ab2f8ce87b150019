"""Verification of a workspace: the ledger against itself, the store and the vault against it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from engine.ledger.check import Checked, check
from engine.ledger.opened import OpenLedger
from engine.ledger.problem import LISTED, Problem
from engine.rdf import Quad
from engine.store.port import Store
from engine.vault import Vault, VaultState
from engine.vocab import AIMS, RDF_TYPE


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """``entries``: how many were read; ``problems``: in the order found, the first one first."""

    entries: int
    problems: tuple[Problem, ...]

    @property
    def consistent(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


def verify(
    ledger: OpenLedger,
    store: Store | None = None,
    vault: Vault | None = None,
    checkpoint: str | None = None,
) -> VerifyReport:
    """Check ``ledger``; compare ``store`` and ``vault`` with it where given.

    ``checkpoint``: the text of one that was kept elsewhere. Raises WorkspaceError where the
    ledger cannot be read at all, ParseError for text that is no checkpoint.
    """
    checked = check(ledger, checkpoint)
    problems = list(checked.problems)
    if store is not None:
        problems += _store(store, checked)
    if vault is not None:
        problems += _vault(vault, checked.state)
    return VerifyReport(checked.count, tuple(problems))


def _store(store: Store, checked: Checked) -> Iterator[Problem]:
    applied = store.applied_sequence()
    if applied != checked.count:
        yield Problem("store", applied, "position", f"it holds entry {applied} of {checked.count}")
        return
    held = set(store.quads())
    yield from _quads(held - checked.state, "the store holds it, no entry added it")
    yield from _quads(checked.state - held, "an entry added it, the store does not hold it")
    merged = {(t.subject, t.predicate, t.object) for t in store.merged()}
    wanted = {(q.subject, q.predicate, q.object) for q in held}
    for triple in islice(sorted(merged ^ wanted, key=str), LISTED):
        text = " ".join(map(str, triple))
        yield Problem("store", None, text, "default graph and named graphs disagree about it")


def _quads(quads: Iterable[Quad], message: str) -> Iterator[Problem]:
    told = sorted(map(str, quads))
    for text in told[:LISTED]:
        yield Problem("store", None, text, f"{message}; `aims rebuild` mends the store")
    if len(told) > LISTED:
        yield Problem("store", None, f"{len(told) - LISTED} more quads", message)


def _vault(vault: Vault, state: frozenset[Quad]) -> Iterator[Problem]:
    kept = frozenset(vault.digests())
    for digest in sorted(kept):
        if vault.verify(digest) is not VaultState.VERIFIED:
            yield Problem(
                "vault", None, digest, "the bytes kept under this digest have another one"
            )
    for name in vault.strays():
        yield Problem("vault", None, name, "a file that the vault did not put there")
    for node, digest in _expected(state):
        if digest not in kept:
            yield Problem("vault", None, digest, f"the bytes of {node} are missing")


def _expected(state: frozenset[Quad]) -> Iterator[tuple[str, str]]:
    """Evidence whose bytes should be in the vault: neither disposed of nor kept elsewhere."""
    evidence = {q.subject for q in state if q.predicate == RDF_TYPE and q.object == AIMS.Evidence}
    elsewhere = {
        q.subject
        for q in state
        if q.predicate == AIMS.disposedIn
        or (q.predicate == AIMS.locator and "://" in getattr(q.object, "value", ""))
    }
    found = {
        (str(q.subject), str(getattr(q.object, "value", "")))
        for q in state
        if q.predicate == AIMS.digestValue and q.subject in evidence - elsewhere
    }
    yield from sorted(found)

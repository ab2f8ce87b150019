"""What tells one state of a compartment from another."""

from pathlib import Path

from engine.iri import graph_iri
from engine.ledger.patch import Patch
from engine.rdf import Literal, NamedNode, Quad
from engine.workspace import Workspace


def test_a_state_changes_with_its_own_compartment_only(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "w", agent="urn:test:agent") as workspace:
        ledger = workspace.ledger

        def write(compartment: str, value: int) -> int:
            graph = graph_iri(ledger.base, compartment, "s")
            quad = Quad(NamedNode("urn:x:s"), NamedNode("urn:x:p"), Literal(value), graph)
            entry = workspace.committer.commit(Patch(frozenset({quad})), agent="urn:test:agent")
            assert entry is not None
            return entry.sequence

        assert ledger.state_of("legal", ledger.head().sequence) == (0, 0)
        first = write("legal", 1)
        assert ledger.state_of("legal", first) == (first, 0)
        other = write("general", 1)
        assert ledger.state_of("legal", other) == (first, 0)
        second = write("legal", 2)
        assert ledger.state_of("legal", second) == (second, 0)
        assert ledger.state_of("legal", other) == (first, 0), "the past is as it was"
        (part,) = ledger.entry(first).parts
        workspace.committer.erase(
            first, part.digest, rule="order", agent="urn:test:agent", reason="by order"
        )
        assert ledger.state_of("legal", second) == (second, 1)

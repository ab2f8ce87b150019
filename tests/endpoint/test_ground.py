"""Views made of the store that follows the ledger are those that the ledger gives."""

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.endpoint.ground import Ground
from engine.iri import graph_iri
from engine.ledger.patch import Patch
from engine.rdf import Literal, NamedNode, Quad
from engine.snapshot import Reader
from engine.view import View
from engine.workspace import Workspace
from tests.example import VIEW

_BLANK = re.compile(r"_:\w+")
COMPARTMENTS = ("general", "legal")


def written(workspace: Workspace, entries: int, seed: int) -> None:
    """Random changes in two compartments."""
    draw = random.Random(seed)
    graphs = [graph_iri(workspace.ledger.base, c, s) for c in COMPARTMENTS for s in ("one", "two")]
    held: set[Quad] = set()
    while entries:
        adds = {
            Quad(
                NamedNode(f"urn:x:{draw.randrange(4)}"),
                NamedNode(f"urn:x:p{draw.randrange(2)}"),
                Literal(draw.randrange(3)),
                draw.choice(graphs),
            )
            for _ in range(draw.randrange(4))
        }
        removes = set(draw.sample(sorted(held, key=str), min(len(held), draw.randrange(3))))
        patch = Patch(frozenset(adds - removes), frozenset(removes - adds))
        if workspace.committer.commit(patch, agent="urn:test:agent"):
            held = (held - patch.removes) | patch.adds
            entries -= 1


def content(reader: Reader) -> tuple[set[str], set[str]]:
    """Named graphs and default graph; blank nodes, which the knowledge alone has, all alike."""
    quads = {str(quad) for graph in reader.graphs() for quad in reader.quads(graph)}
    triples = {str(triple) for triple in reader.match()}
    return {_BLANK.sub("_:", one) for one in quads}, {_BLANK.sub("_:", one) for one in triples}


def opened(ground: Ground, workspace: Workspace, view: View) -> Reader | None:
    """As a fork would open it; None where it is no way to it."""
    back = ground.way_back(view)
    return None if back is None else ground.open(view, back, workspace.ledger, workspace.vault)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("compartments", [None, frozenset({"legal"}), frozenset()])
def test_every_position_is_what_the_ledger_gives(
    tmp_path: Path, seed: int, compartments: frozenset[str] | None
) -> None:
    with Workspace.create(tmp_path / "w", agent="urn:test:agent") as workspace:
        head = workspace.ledger.head().sequence
        written(workspace, 6, seed)
        for sequence in (head, head + 2, head + 5, head + 6):
            view = View(compartments, sequence, VIEW.evaluated_at, VIEW.period)
            ground = Ground(workspace.ledger)
            ground.follow()
            found = opened(ground, workspace, view)
            assert found is not None
            wanted = workspace.reader(view)
            assert content(found) == content(wanted)
            assert (found.sequence, found.head_hash) == (wanted.sequence, wanted.head_hash)


def test_it_follows_what_is_written(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "w", agent="urn:test:agent") as workspace:
        ground = Ground(workspace.ledger)
        assert ground.follow() == workspace.ledger.head().hash
        for seed in range(3):
            written(workspace, 2, seed)
            assert ground.follow() == workspace.ledger.head().hash
        view = workspace.fixed(VIEW)
        found = opened(ground, workspace, view)
        assert found is not None
        assert content(found) == content(workspace.reader(view))


def test_the_example_is_the_same_either_way(fresh: Callable[[], Path]) -> None:
    with Workspace.open(fresh()) as workspace:
        ground = Ground(workspace.ledger)
        ground.follow()
        view = workspace.fixed(VIEW)
        found = opened(ground, workspace, view)
        assert found is not None
        assert content(found) == content(workspace.reader(view))


def test_where_there_is_no_way_back(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "w", agent="urn:test:agent") as workspace:
        ledger = workspace.ledger
        graph = graph_iri(ledger.base, "general", "one")
        for value in range(3):
            quad = Quad(NamedNode("urn:x:s"), NamedNode("urn:x:p"), Literal(value), graph)
            workspace.committer.commit(Patch(frozenset({quad})), agent="urn:test:agent")
        head = ledger.head().sequence
        ground = Ground(ledger)
        assert ground.way_back(View(as_of=head)) is None, "it holds nothing yet"
        ground.follow()
        assert ground.way_back(View(as_of=head)) == []
        assert ground.way_back(View(as_of=head, knowledge="other")) is None
        assert ground.way_back(View(as_of=head + 1)) is None
        assert ground.way_back(View(as_of=head - 1)) == [ledger.entry(head).patch()]
        (part,) = ledger.entry(head - 1).parts
        workspace.committer.erase(
            head - 1, part.digest, rule="order", agent="urn:test:agent", reason="by order"
        )
        ground.follow()
        assert ground.way_back(View(as_of=head - 1)) is None, "it was erased in between"
        view = workspace.fixed(VIEW)
        found = opened(ground, workspace, view)
        assert found is not None
        assert content(found) == content(workspace.reader(view))


def test_other_knowledge_is_another_ground(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "w", agent="urn:test:agent") as workspace:
        ground = Ground(workspace.ledger)
        ground.follow()
        first = workspace.ledger.head().sequence
        folder = tmp_path / "w" / "overlay"
        folder.mkdir()
        (folder / "own.ttl").write_text("<urn:x:own> <urn:x:p> 1 .")
        assert workspace.adopt_knowledge(agent="urn:test:agent") is not None
        ground.follow()
        assert ground.way_back(View(as_of=first)) is None
        view = workspace.fixed(VIEW)
        found = opened(ground, workspace, view)
        assert found is not None
        assert found.contains(NamedNode("urn:x:own"))
        assert content(found) == content(workspace.reader(view))

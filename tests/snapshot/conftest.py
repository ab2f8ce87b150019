"""A ledger with a history, and a small knowledge pack to read it with."""

from collections.abc import Iterator
from random import Random

import pytest

from engine.knowledge import KnowledgePack
from engine.ledger.patch import Patch
from engine.vocab import PREFIXES
from tests.ledger.making import AGENT, Held, Ticking, hold, quad
from tests.ledger.ram import ram_folder

HEAD = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
HEAD += "@prefix ex: <https://example.org/> .\n"
ONTOLOGY = """
ex:Cat rdfs:subClassOf ex:Animal .
ex:Animal rdfs:label "animal"@en .
aimsp:reviewInterval a aims:Parameter ; aims:parameterValue 90 ; aims:unit unit:DAY .
aimsp:alarmDelay a aims:Parameter ; aims:parameterValue 1.5 ; aims:unit unit:HR .
aimsp:errorShare a aims:Parameter ; aims:parameterValue 0.1 ; aims:unit unit:PERCENT .
"""
SHAPES = "ex:Shape a sh:NodeShape ; sh:targetClass ex:Animal ."
COUNT = 120


def pack_of(ontology: str = ONTOLOGY, shapes: str = SHAPES) -> KnowledgePack:
    texts = {"ontology/a.ttl": HEAD + ontology, "shapes/a.ttl": HEAD + shapes}
    return KnowledgePack({path: text.encode() for path, text in texts.items()})


PACK = pack_of()


@pytest.fixture(scope="module")
def past() -> Iterator[Held]:
    """120 random changes in two compartments by three sources, two minutes apart."""
    draw = Random(42)
    with ram_folder() as ram:
        held = hold(ram / "w", ticking=Ticking())
        held.committer.adopt(PACK, agent=AGENT)
        while held.ledger.head().sequence < COUNT:
            held.clock.pass_time(120)
            quads = [
                quad(
                    draw.randrange(12),
                    draw.randrange(3),
                    source=f"s{draw.randrange(3)}",
                    compartment=draw.choice(["general", "people"]),
                )
                for _ in range(6)
            ]
            patch = Patch(frozenset(quads[:3]), frozenset(quads[3:]) - frozenset(quads[:3]))
            held.committer.commit(patch, agent=AGENT, reason="because")
        yield held
        held.close()

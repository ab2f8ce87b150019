"""Which nodes' derived facts a change can touch, and the rows of a query about some nodes alone."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from engine.canonical import canonical
from engine.errors import QueryError
from engine.rdf import Literal, NamedNode, Node, Term, Triple
from engine.shacl.affected import Walk
from engine.shacl.data import Lookup
from engine.shacl.reach import Trigger, query_triggers
from engine.shacl.shapesgraph import statement
from engine.snapshot import Reader
from engine.sparql.catalog import catalog, completed
from engine.store.port import Solutions
from engine.vocab import RDF_TYPE, RDFS

Row = Mapping[str, Term | None]
Touched = Callable[[Reader, Collection[Triple]], frozenset[Node] | None]


def of_query(name: str, key: str) -> Touched:
    """What the named query ``name`` says, told by the values of its variable ``key``."""

    def touched(reader: Reader, triples: Collection[Triple]) -> frozenset[Node] | None:
        known = catalog(reader.pack).get(name)
        if known is None:
            return frozenset()
        return _reached(_triggers(known.text, key), reader, triples)

    return touched


def of_properties(cls: NamedNode, *properties: NamedNode) -> Touched:
    """What is told of each instance of ``cls`` from its own ``properties``."""
    triggers = frozenset(
        {Trigger(RDF_TYPE), Trigger(RDFS.subClassOf, whole=True), *map(Trigger, properties)}
    )

    def touched(reader: Reader, triples: Collection[Triple]) -> frozenset[Node] | None:
        return _reached(triggers, reader, triples)

    return touched


@lru_cache(maxsize=32)
def _triggers(text: str, key: str) -> frozenset[Trigger]:
    return query_triggers(text, key)


def _reached(
    triggers: Iterable[Trigger], reader: Reader, triples: Collection[Triple]
) -> frozenset[Node] | None:
    walk = Walk(Lookup(reader, canonical, whole=False))
    found: set[Node] = set()
    for one in map(statement, triples):
        for trigger in triggers:
            if trigger.predicate in (None, one.predicate) and walk.fits(trigger, one):
                focuses = walk.focuses(trigger, one)
                if focuses is None:
                    return None
                found.update(node for node in focuses if not isinstance(node, Literal))
    return frozenset(found)


def rows(reader: Reader, name: str, key: str, nodes: Collection[Node] | None) -> Iterator[Row]:
    """The rows of the named query ``name``; with ``nodes`` those whose ``key`` is one of them."""
    if nodes is None:
        yield from reader.select(name)
        return
    known = catalog(reader.pack)[name]
    for node in nodes:
        found = reader.query(known.text, {**completed(known, {}), key: node})
        if not isinstance(found, Solutions):
            raise QueryError(f"the named query {name} is no SELECT")
        for row in found.rows:
            yield {**dict(zip(found.variables, row, strict=True)), key: node}


def instances(reader: Reader, cls: NamedNode, nodes: Collection[Node]) -> Iterator[Node]:
    """Those of ``nodes`` that are instances of ``cls``, in the order of their text."""
    return (node for node in sorted(nodes, key=str) if reader.is_a(node, cls))

"""What is worked out of the knowledge alone: it is kept while nothing but other triples change."""

from collections.abc import Callable, Iterable
from typing import TypeVar, cast

from engine.ledger.reserved import KNOWLEDGE_CLASSES, KNOWLEDGE_PREDICATES
from engine.rdf import Quad, Triple
from engine.vocab import AIMS, OWL, RDF_TYPE, RDFS

T = TypeVar("T")
# Beside what is reserved: whom an axiom or an effect is about may be anything of an overlay.
_TELLING = KNOWLEDGE_PREDICATES | {RDFS.subClassOf, OWL.inverseOf, AIMS.givesRiseTo}


class Kept:
    """Values by name, for one state of the knowledge."""

    def __init__(self) -> None:
        self._values: dict[str, object] = {}

    def get(self, name: str, make: Callable[[], T]) -> T:
        """The value of ``name``, made at its first use, of nothing but triples of the knowledge."""
        if name not in self._values:
            self._values[name] = make()
        return cast(T, self._values[name])

    def after(self, changed: Iterable[Triple | Quad]) -> "Kept":
        """What holds once ``changed`` came or went: these values, or none where knowledge is."""
        for one in changed:
            if one.predicate in _TELLING:
                return Kept()
            if one.predicate == RDF_TYPE and one.object in KNOWLEDGE_CLASSES:
                return Kept()
        return self

"""Values for the variables of a query."""

from collections.abc import Mapping

from engine.rdf import Term
from engine.store.oxigraph import OxigraphStore
from engine.store.port import QueryResult


def evaluate(store: OxigraphStore, text: str, bindings: Mapping[str, Term]) -> QueryResult:
    """The result of ``text`` over ``store`` with ``bindings``."""
    return store.query(text, substitutions=bindings)

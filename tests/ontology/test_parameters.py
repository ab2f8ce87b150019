"""Every parameter is read by something: a rule, a query, an obligation's cadence, or the engine."""

import re
from collections.abc import Mapping

import pytest

from engine.assets import assets_root
from engine.rdf import NamedNode, Triple
from engine.vocab import AIMS, PARAMETER, RDF_TYPE

# What an obligation reads of itself; ``aims:parameter`` on a rule only declares.
_ROLES = {AIMS.cadence, AIMS.tolerance}


@pytest.fixture(scope="module")
def parameters(ontology: tuple[Triple, ...]) -> set[NamedNode]:
    return {
        t.subject
        for t in ontology
        if t.predicate == RDF_TYPE and t.object == AIMS.Parameter
        if isinstance(t.subject, NamedNode)
    }


def _readers(
    ontology: tuple[Triple, ...], texts: Mapping[str, str]
) -> tuple[set[NamedNode], list[str]]:
    """The parameters of cadences and tolerances, and every text that may read one."""
    roles = {
        t.object for t in ontology if t.predicate in _ROLES and isinstance(t.object, NamedNode)
    }
    code = [path.read_text() for path in sorted((assets_root() / "engine").rglob("*.py"))]
    return roles, [*texts.values(), *code]


def test_every_parameter_is_read(
    parameters: set[NamedNode],
    ontology: tuple[Triple, ...],
    query_texts: Mapping[str, str],
    rule_texts: Mapping[str, str],
) -> None:
    roles, texts = _readers(ontology, {**query_texts, **rule_texts})
    unread = {
        PARAMETER.local(parameter)
        for parameter in parameters - roles
        if not any(re.search(rf"\b{PARAMETER.local(parameter)}\b", text) for text in texts)
    }
    assert len(parameters) > 50
    assert unread == set()

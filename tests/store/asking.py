"""All adapters that the folder of stores holds, and what is asked of them."""

import engine.store
from engine.rdf import Literal, Term
from engine.registry import members
from engine.store.port import (
    Adapter,
    Dataset,
    Solutions,
    Store,
)
from tests.ledger.making import quad


def adapters() -> list[Adapter]:
    found = [each for _, listed in members(engine.store, "backend") for each in listed]  # type: ignore[attr-defined]
    assert all(isinstance(each, Adapter) for each in found)
    assert len(found) >= 2
    return found


ADAPTERS = adapters()


def rows(store: Store, text: str, **given: Term) -> list[tuple[Term | None, ...]]:
    result = store.query(text, substitutions=given)
    assert isinstance(result, Solutions)
    return sorted(result.rows, key=str)


def count(store: Store, pattern: str, dataset: Dataset | None = None) -> int:
    result = store.query(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}", dataset=dataset)
    assert isinstance(result, Solutions)
    ((found,),) = result.rows
    assert isinstance(found, Literal)
    return int(found.value)


TWICE = (quad("a"), quad("a", source="other"), quad("b"))

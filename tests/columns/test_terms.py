"""Terms by number, and the tokens that no term has."""

import pytest

from engine.columns import Columns
from engine.columns.terms import read_tokens
from engine.rdf import Literal, NamedNode

TEXT = b'<urn:a:s> <urn:a:p> "x"@en .\n<urn:a:s> <urn:a:p> <urn:a:o> .\n'


def test_terms_are_numbered_and_found_again() -> None:
    columns = Columns.of_lines(TEXT)
    assert columns is not None
    terms = columns.terms
    assert len(terms) == 4
    assert [terms.number(terms[number]) for number in range(4)] == [0, 1, 2, 3]
    assert terms.number(NamedNode("urn:a:other")) is None
    assert terms.number(Literal("x")) is None
    assert terms[0] is terms[0]


@pytest.mark.parametrize("token", [b"", b"<a b>", b'"x" .\n<urn:a> <urn:b> <urn:c>', b"# no"])
def test_what_is_no_term_is_refused(token: bytes) -> None:
    with pytest.raises((SyntaxError, ValueError)):
        read_tokens([token])

"""Blocks of triples as single triple patterns."""

from itertools import count

import pytest

from engine.sparql.syntax import lexed
from engine.sparql.triples import NotPlainError, Triple, triples

FIRST = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#first>"
REST = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#rest>"
NIL = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>"


def read(text: str) -> list[Triple]:
    return triples(lexed(text), (f"n{number}" for number in count(1)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("?a p:p ?b", ["?a p:p ?b"]),
        ("?a p:p ?b , 'x'@en ; a p:C ; .", ["?a p:p ?b", "?a p:p 'x'@en", "?a a p:C"]),
        ('<urn:a> ?p "1"^^<urn:d>, -1.5e3, true', ['<urn:a> ?p "1"^^<urn:d>', "<urn:a> ?p -1.5e3",
                                                   "<urn:a> ?p true"]),
        ("?a p:p [ p:q ?b ; p:r [] ]", ["?n1 p:q ?b", "?n1 p:r ?n2", "?a p:p ?n1"]),
        ("[ p:p ?a ]", ["?n1 p:p ?a"]),
        ("[] p:p ?a .", ["?n1 p:p ?a"]),
        ("[ p:p ?a ] p:q ?b", ["?n1 p:p ?a", "?n1 p:q ?b"]),
        ("?a p:p (1 ?b)", [f"?n1 {FIRST} 1", f"?n1 {REST} ?n2", f"?n2 {FIRST} ?b",
                           f"?n2 {REST} {NIL}", "?a p:p ?n1"]),
        ("?a p:p ()", [f"?a p:p {NIL}"]),
        ("?a p:p/^p:q/p:r ?b", ["?a p:p ?n1", "?n2 p:q ?n1", "?n2 p:r ?b"]),
        ("?a ^(p:p/p:q) ?b", ["?n1 p:q ?a", "?b p:p ?n1"]),
        ("?a (p:p/p:q)+ ?b", ["?a (p:p/p:q)+ ?b"]),
        ("?a p:p|p:q/p:r ?b", ["?a p:p|p:q/p:r ?b"]),
        ("?a ^p:p* ?b", ["?b p:p* ?a"]),
        ("?a !(p:p|^a)/!p:q ?b", ["?a !(p:p|^a) ?n1", "?n1 !p:q ?b"]),
    ],
)  # fmt: skip
def test_each_triple_is_told_apart(text: str, expected: list[str]) -> None:
    assert [triple.text for triple in read(text)] == expected


def test_where_variables_stand() -> None:
    (one,) = read("?a ?b ?c")
    assert (one.subject, one.verb, one.object) == ("a", "b", "c")
    assert one.variables == {"a", "b", "c"}
    typed, bare, open_path = read("?a a p:C ; a ?c ; p:p? ?d")
    assert (typed.typing, bare.typing) == (True, False)
    assert (typed.bounded, open_path.bounded) == (True, False)


@pytest.mark.parametrize(
    "text",
    ["", "?a", "?a p:p", "?a p:p ?b ?c", "?a p:p ?b . ?c", "_:x p:p ?a", "?a p:p _:x", "?a 'x' ?b",
     "?a p:p (", "?a p:p [ p:q ?b", "?a p:p ?b ] ", "?a !(p:p|) ?b", "?a p:p/ ?b", "?a {",
     "?a p:p 'x'^^", "?a p:p 'x'^^?b"],
)  # fmt: skip
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(NotPlainError):
        read(text)

"""A FILTER that names what is asked about, said where the store begins.

``?i = "x"`` and ``?i IN (ex:a, ex:b)`` over plain texts and IRIs hold exactly for these terms
(SPARQL 1.1, section 17.4.1.7), so that where a pattern binds ?i they are a join with ``VALUES ?i
{ "x" }``. The store begins with VALUES, and reads all of the pattern for the FILTER. Where the
group names something already it begins there, which may be better; then it is left as it is.
"""

from collections.abc import Iterator

from engine.sparql.absence import Scope, patterns
from engine.sparql.joins import conjuncts, seen_first
from engine.sparql.plans import certain
from engine.sparql.syntax import Element, Group, Kind, Token
from engine.sparql.triples import NotPlainError


def begin(group: Group, scope: Scope) -> Iterator[Element]:
    """Begin ``group`` with what a FILTER of it names; gives that FILTER."""
    for element in group.elements:
        if element.kind != Kind.FILTER or element.groups:
            continue
        for conjunct in conjuncts(element.tokens[1:]):
            name, terms = _named(conjunct)
            if name and name not in scope.given and _useful(group, name, scope):
                tokens = [
                    *(Token(text, kind=kind) for text, kind in _opening(name)),
                    *(Token(text) for text in dict.fromkeys(term.text for term in terms)),
                    Token("}", kind="other"),
                ]
                group.elements.insert(0, Element(Kind.VALUES, [*tokens]))
                yield element
                return


def _opening(name: str) -> list[tuple[str, str]]:
    return [("VALUES", "word"), (f"?{name}", "var"), ("{", "other")]


def _named(conjunct: list[Token]) -> tuple[str | None, list[Token]]:
    """The variable and the terms that ``conjunct`` says it is one of."""
    words = [token.word for token in conjunct]
    if len(conjunct) == 3 and words[1] == "=":
        for one, other in ((0, 2), (2, 0)):
            if conjunct[one].variable and _plain(conjunct[other]):
                return conjunct[one].variable, [conjunct[other]]
    if words[1:3] == ["IN", "("] and words[-1:] == [")"] and len(conjunct) > 4:
        terms = conjunct[3:-1:2]
        if set(words[4:-1:2]) <= {","} and len(conjunct) % 2 and all(map(_plain, terms)):
            return conjunct[0].variable, terms
    return None, []


def _plain(token: Token) -> bool:
    return token.kind in ("iri", "pname", "string")


def _useful(group: Group, name: str, scope: Scope) -> bool:
    """Whether patterns bind it, before all whose place matters, and nothing else is named."""
    held = Group([e for e in group.elements if e.kind == Kind.PATTERN])
    if name not in certain(held) or not seen_first(group, name):
        return False
    if any(e.kind == Kind.VALUES for e in group.elements):
        return False
    try:
        found = patterns(held)
    except NotPlainError:
        return False
    # A few classes of one node are few look-ups, too, should that be given when the query is run.
    kinds = any(t.classes and t.object == name and t.subject in scope.given for t in found)
    ends = [(t.subject, t.object) for t in found if not t.typing]
    return all(end and (kinds or end not in scope.given) for pair in ends for end in pair)

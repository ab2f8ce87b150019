"""Queries in the form that the store answers best, where the answer is provably the same.

Oxigraph's optimiser does not look into expressions (its issue 885), joins on FILTER (?a = ?b) as a
product, and hangs an OPTIONAL on an optional variable by comparing every pair. The rules, each with
its condition, are in the modules beside; this module applies them
and tells what it did and what it left alone. On any doubt a query stays as it was written.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count

from engine.errors import QueryError
from engine.sparql import absence, branches, constants, joins, seeds
from engine.sparql.absence import Scope, scope_of
from engine.sparql.lookups import MOST, Body, nested, taken_apart
from engine.sparql.misread import misread
from engine.sparql.plans import certain
from engine.sparql.syntax import (
    Element,
    Group,
    Kind,
    Query,
    Token,
    groups,
    lexed,
    parse_group,
    parse_query,
)
from engine.sparql.triples import NotPlainError

_EXISTS = frozenset({Kind.EXISTS, Kind.NOT_EXISTS})
_CALLS = frozenset({"RAND", "UUID", "STRUUID", "BNODE", "NOW"})
# How often a group may be taken twice: each time adds about its length to the query.
_COPIES = 8
_WORTH = ("EXISTS", "MINUS", "OPTIONAL", "=", "SAMETERM", " IN", "UNION", "FILTER")


@dataclass(frozen=True, slots=True)
class Note:
    """What was done, or not done, about one part of a query.

    ``line`` and ``column`` from 1, 0 for what was not written so; ``part``: how it begins;
    ``changed``: whether it was rewritten; ``told``: what was done and why, or why nothing was.
    """

    line: int
    column: int
    part: str
    changed: bool
    told: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """``text``: the query to run; ``notes``: one for each part that was looked at, in order."""

    text: str
    notes: tuple[Note, ...]

    @property
    def changed(self) -> bool:
        """Whether the query to run is not the one that was given."""
        return any(note.changed for note in self.notes)


@lru_cache(maxsize=256)
def rewritten(text: str) -> Rewritten:
    """``text`` in the form that is run; itself where nothing is known to be better."""
    upper = text.upper()
    if not any(word in upper for word in _WORTH) and upper.count("SELECT") < 2:
        return Rewritten(text, ())
    try:
        query = parse_query(text)
    except QueryError as error:
        return Rewritten(text, (Note(0, 0, "query", False, f"left alone: {error.message}"),))
    notes = rewrite(query, frozenset(), text=text)
    result = Rewritten(text, notes)
    return Rewritten(str(query), notes) if result.changed else result


def rewrite(
    query: Query,
    prebound: frozenset[str],
    *,
    given: frozenset[str] = frozenset(),
    text: str = "",
) -> tuple[Note, ...]:
    """Put ``query`` in the form that is run. ``prebound`` variables are constants, ``given`` ones
    may be, and the form is right either way.

    ``text``: what it was read from, to tell lines and columns by.
    """
    if misread(query):
        return ()
    _end_patterns(query)
    rewriter = _Rewriter(query, prebound, given, text)
    rewriter.apply()
    return tuple(sorted(dict.fromkeys(rewriter.notes), key=lambda note: (note.line, note.column)))


class _Rewriter:
    def __init__(
        self, query: Query, prebound: frozenset[str], given: frozenset[str], text: str
    ) -> None:
        self._query = query
        self._prebound = prebound
        self._given = given
        self._text = text
        taken = query.where.variables() | absence.occurrences(query).keys()
        self._fresh = (name for n in count(1) if (name := f"_r{n}") not in taken)
        self._counted: Scope | None = None
        self._copies = 0
        self._made: list[Element] = []
        self.notes: list[Note] = []

    @property
    def _scope(self) -> Scope:
        """The scope of the query as it is now; counted anew after every change."""
        if self._counted is None:
            self._counted = scope_of(self._query, self._prebound, self._given)
        return self._counted

    def apply(self) -> None:
        self._select(self._query)

    def _select(self, query: Query) -> None:
        self._outside(query.where)
        query.head[:] = self._in_expressions(query.head, query)
        query.tail[:] = self._in_expressions(query.tail, query)

    # Groups that are joined

    def _outside(self, group: Group) -> None:
        """The rules for a ``group`` that is in no EXISTS."""
        if group.select is not None:
            self._select(group.select)
            return
        self._absences(group)
        self._joins(group)
        for element in group.elements:
            if element.kind not in _EXISTS and element.kind != Kind.FILTER:
                for inner in element.groups:
                    self._outside(inner)
        for element in list(group.elements):
            if element.kind in _EXISTS:
                self._demand(group, element)
            elif element.groups and element.kind in (Kind.FILTER, Kind.BIND):
                self._inside(element, certain(group))
        # Last, because the other rules look for the patterns where they were written.
        for element in branches.spread(group):
            self._note(element, "begun in each branch with what it is joined to", changed=True)

    def _absences(self, group: Group) -> None:
        for element in list(group.elements):
            # What was put in place of another may have taken this one with it.
            if (number := group.place(element)) < 0:
                continue
            try:
                if element.kind == Kind.MINUS:
                    found = absence.from_minus(group, number, self._scope, self._fresh)
                    self._lookup_or_leave(group, element, found, None)
                elif element.kind == Kind.OPTIONAL:
                    pair = absence.from_optional(group, number, self._scope, self._fresh)
                    if pair is not None:
                        self._lookup_or_leave(group, element, *pair)
            except NotPlainError as error:
                self._note(element, f"left alone: {error}", changed=False)

    def _lookup_or_leave(
        self, group: Group, element: Element, found: Element, test: Element | None
    ) -> None:
        """Put ``found`` in place of ``element`` and ``test``, unless a set is what fits there."""
        trial = Group([found if e is element else e for e in group.elements if e is not test])
        body = taken_apart(found.groups[0], self._fresh)
        if element.kind == Kind.MINUS and absence.as_set(trial, found, body, self._scope):
            self._note(
                element, "left alone: it is read once, as a set, and that fits", changed=False
            )
            return
        group.elements[:] = trial.elements
        found.parts[0] = Token("FILTER NOT EXISTS", at=element.tokens[0].at)
        self._made.append(found)
        self._note(element, "looked up for each row instead of read whole", changed=True)

    def _joins(self, group: Group) -> None:
        for element in seeds.seed(group, self._scope):
            self._note(element, "told which nodes it is asked about", changed=True)
        for element in constants.begin(group, self._scope):
            self._note(element, "begun with what it names", changed=True)
        while True:
            copy = self._copies < _COPIES
            for step in joins.improve(group, self._scope, self._fresh, copy=copy):
                self._note(step.element, step.told, changed=step.changed)
                self._copies += step.copied
                if step.changed:
                    break
            else:
                return

    def _demand(self, group: Group, element: Element) -> None:
        try:
            body = taken_apart(element.groups[0], self._fresh)
            instead = absence.as_set(group, element, body, self._scope)
        except NotPlainError:
            instead = None
        if instead is None:
            self._inside(element, certain(group))
            return
        self._outside(element.groups[0])
        group.elements[:] = [e for e in group.elements if e is not element] + instead
        self._note(element, "read once, as a set: many rows share what it looks up", changed=True)

    # Inside EXISTS

    def _inside(self, element: Element, bound: frozenset[str]) -> None:
        """Nest the EXISTS of ``element``, deeper ones too."""
        for number, part in enumerate(element.parts):
            if isinstance(part, Group):
                element.parts[number] = self._nest(element, part, bound | self._prebound)

    def _nest(self, element: Element, group: Group, bound: frozenset[str]) -> Group:
        inside = bound | group.variables()
        for inner in group.elements:
            if inner.groups:
                deeper = inner.kind in _EXISTS or inner.kind in (Kind.FILTER, Kind.BIND)
                for part in [] if deeper else inner.groups:
                    self._deeper(part, inside)
                if deeper:
                    self._inside(inner, inside)
        try:
            body = taken_apart(group, self._fresh)
            return self._nested(element, group, body, bound)
        except NotPlainError as error:
            self._note(element, f"left alone: {error} in it", changed=False)
            return group

    def _nested(self, element: Element, group: Group, body: Body, bound: frozenset[str]) -> Group:
        if body.size > MOST:
            raise NotPlainError(f"more than {MOST} patterns")
        if body.looked_up:
            self._note(element, "left alone: it is one look-up as it stands", changed=False)
            return group
        found = nested(body, bound)
        self._note(
            element, "one look-up after another instead of a join for each row", changed=True
        )
        return found

    def _deeper(self, group: Group, bound: frozenset[str]) -> None:
        """Nest the EXISTS in a ``group`` that stands inside an EXISTS."""
        for element in group.elements:
            if element.kind in _EXISTS or element.kind in (Kind.FILTER, Kind.BIND):
                self._inside(element, bound)
            else:
                for inner in element.groups:
                    self._deeper(inner, bound)

    def _in_expressions(self, tokens: list[Token], query: Query) -> list[Token]:
        """``tokens`` of the head or tail of ``query`` with the EXISTS among them nested."""
        found: list[Token] = []
        at = 0
        while at < len(tokens):
            found.append(tokens[at])
            at += 1
            if tokens[at - 1].word == "EXISTS" and at < len(tokens) and tokens[at].word == "{":
                end = _closing(tokens, at)
                element = Element(Kind.EXISTS, [tokens[at - 1], parse_group(tokens[at:end])])
                self._inside(element, query.where.variables())
                found += [replace(token, at=-1) for token in lexed(str(element.groups[0]))]
                at = end
        return found

    def _note(self, element: Element, told: str, *, changed: bool) -> None:
        own = element.tokens or list(Group([element]).tokens())[:2]
        self._counted = None if changed else self._counted
        made = own[0].at < 0 or any(e is element for e in self._made)
        if made and not changed:
            return
        written = [token.at for token in Group([element]).tokens() if token.at >= 0]
        line = column = 0
        if self._text and written:
            at = written[0]
            line = self._text.count("\n", 0, at) + 1
            column = at - (self._text.rfind("\n", 0, at) + 1) + 1
        words = "".join(map(str, own[:3])).split()
        self.notes.append(Note(line, column, " ".join(words), changed, told))


def _end_patterns(query: Query) -> None:
    """End every block of triples with a dot, so that it may stand before any other."""
    for select in query.selects():
        for group in groups(select.where):
            for element in group.elements:
                if element.kind == Kind.PATTERN and element.tokens[-1].word != ".":
                    element.parts.append(Token(".", kind="other"))


def _closing(tokens: list[Token], at: int) -> int:
    """The place after the bracket that closes the one at ``at``."""
    depth = 0
    while True:
        depth += (tokens[at].word == "{") - (tokens[at].word == "}")
        at += 1
        if not depth:
            return at

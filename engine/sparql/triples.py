"""The triple patterns that a block of SPARQL triples stands for, one by one.

Lists of predicates and objects, ``[…]``, ``(…)`` and sequences of a path are only ways of writing
several triple patterns (SPARQL 1.1, sections 4.2 and 18.2.2); the nodes that they leave without a
name become variables, as sections 4.1.4 and 18.2.2.1 have it. What is not understood is refused,
never guessed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from engine.sparql.syntax import Token, lexed

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NAMES = ("var", "iri", "pname")


class NotPlainError(Exception):
    """This is nothing that a plan is known for; the text says what, for the person who asks why."""


@dataclass(frozen=True, slots=True)
class Triple:
    """One triple pattern or path; its variables' names where they stand.

    ``bounded``: every solution binds its variables to nodes of the graph, which a path that may
    have length zero does not. ``typing``: it only says that something is an instance of a class.
    """

    tokens: tuple[Token, ...]
    subject: str | None
    verb: str | None
    object: str | None
    bounded: bool = True
    typing: bool = False

    @property
    def classes(self) -> bool:
        """Whether it tells of what class something is."""
        return self.tokens[1].text in ("a", "rdf:type", f"<{_RDF}type>") and len(self.tokens) == 3

    @property
    def text(self) -> str:
        """It as it is written."""
        return "".join(map(str, self.tokens)).strip()

    @property
    def variables(self) -> frozenset[str]:
        """The names of its variables."""
        return frozenset(name for name in (self.subject, self.verb, self.object) if name)


@dataclass(frozen=True, slots=True)
class _Step:
    """A step of a path: ``inverse`` is taken off, the rest is ``tokens``."""

    tokens: tuple[Token, ...]
    inverse: bool


def triples(tokens: Sequence[Token], fresh: Iterator[str]) -> list[Triple]:
    """The triple patterns of ``tokens``, a block with or without its last ``.``.

    ``fresh``: names for variables that occur nowhere. Raises NotPlainError.
    """
    reader = _Reader(tokens, fresh)
    reader.block()
    return reader.found


def _apart(token: Token) -> Token:
    return replace(token, lead=" ")


class _Reader:
    def __init__(self, tokens: Sequence[Token], fresh: Iterator[str]) -> None:
        self._tokens: list[Token] = []
        for token in tokens:
            self._tokens += lexed(token.text) if token.kind == "path" else [token]
        self._at = 0
        self._fresh = fresh
        self.found: list[Triple] = []

    @property
    def _next(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else Token("", "", "end")

    def _take(self, *words: str) -> Token:
        token = self._next
        if token.kind == "end" or (words and token.word not in words):
            raise NotPlainError(f'triples that are not understood at "{token.text}"')
        self._at += 1
        return token

    def block(self) -> None:
        bracket = self._next.word == "["
        subject = self._node()
        if not (bracket and self._ended):
            self._predicates(subject)
        if self._next.word == ".":
            self._take()
        if self._next.kind != "end":
            raise NotPlainError(f'triples that are not understood at "{self._next.text}"')

    @property
    def _ended(self) -> bool:
        return self._next.word in (".", "]") or self._next.kind == "end"

    def _predicates(self, subject: Token) -> None:
        while True:
            steps = self._verb()
            self._join(subject, steps, self._node())
            while self._next.word == ",":
                self._take()
                self._join(subject, steps, self._node())
            if self._next.word != ";":
                return
            while self._next.word == ";":
                self._take()
            if self._ended:
                return

    def _join(self, subject: Token, steps: Sequence[_Step], value: Token) -> None:
        for step in steps[:-1]:
            between = self._variable()
            self._add(subject, step, between)
            subject = between
        self._add(subject, steps[-1], value)

    def _add(self, subject: Token, step: _Step, value: Token) -> None:
        if step.inverse:
            subject, value = value, subject
        first = step.tokens[0]
        single = len(step.tokens) == 1
        made = Triple(
            (_apart(subject), _apart(first), *step.tokens[1:], _apart(value)),
            subject.variable,
            first.variable,
            value.variable,
            all(token.word not in ("*", "?") for token in step.tokens),
        )
        typing = single and made.classes and value.variable is None
        self.found.append(replace(made, typing=typing))

    def _variable(self) -> Token:
        return Token(f"?{next(self._fresh)}", kind="var")

    # Nodes

    def _node(self) -> Token:
        token = self._take()
        if token.kind in _NAMES:
            return token
        if token.kind == "blank":
            raise NotPlainError("a labelled blank node")
        if token.kind == "string":
            return self._literal(token)
        if token.kind == "number" or token.word in ("TRUE", "FALSE"):
            return token
        if token.word in ("+", "-") and self._next.kind == "number":
            return Token(token.text + self._take().text)
        if token.word == "[":
            node = self._variable()
            if self._next.word != "]":
                self._predicates(node)
            self._take("]")
            return node
        if token.word == "(":
            return self._collection()
        raise NotPlainError(f'triples that are not understood at "{token.text}"')

    def _literal(self, token: Token) -> Token:
        if self._next.kind == "tag":
            return Token(token.text + self._take().text)
        if self._next.word == "^":
            self._take()
            self._take("^")
            datatype = self._take()
            if datatype.kind not in ("iri", "pname"):
                raise NotPlainError("a literal that is not understood")
            return Token(f"{token.text}^^{datatype.text}")
        return token

    def _collection(self) -> Token:
        nil = Token(f"<{_RDF}nil>", kind="iri")
        first = _Step((Token(f"<{_RDF}first>", kind="iri"),), inverse=False)
        rest = _Step((Token(f"<{_RDF}rest>", kind="iri"),), inverse=False)
        items = []
        while self._next.word != ")":
            items.append(self._node())
        self._take()
        if not items:
            return nil
        cells = [self._variable() for _ in items]
        for cell, item, after in zip(cells, items, [*cells[1:], nil], strict=True):
            self._add(cell, first, item)
            self._add(cell, rest, after)
        return cells[0]

    # Paths

    def _verb(self) -> list[_Step]:
        if self._next.kind == "var":
            return [_Step((self._take(),), inverse=False)]
        return self._path()

    def _path(self) -> list[_Step]:
        """The steps of a sequence; alternatives are one step."""
        start = self._at
        steps = self._sequence()
        while self._next.word == "|":
            self._take()
            self._sequence()
            steps = [_Step(tuple(self._tokens[start : self._at]), inverse=False)]
        return steps

    def _sequence(self) -> list[_Step]:
        steps = self._step()
        while self._next.word == "/":
            self._take()
            steps += self._step()
        return steps

    def _step(self) -> list[_Step]:
        inverse = self._next.word == "^"
        if inverse:
            self._take()
        start = self._at
        inside: list[_Step] = []
        if self._next.word == "!":
            self._negated()
        elif self._next.word == "(":
            self._take()
            inside = self._path()
            self._take(")")
        else:
            self._predicate()
        if self._next.word in ("*", "?", "+"):
            self._take()
            inside = []
        if inside:
            return [_Step(s.tokens, s.inverse != inverse) for s in inside[:: -1 if inverse else 1]]
        return [_Step(tuple(self._tokens[start : self._at]), inverse)]

    def _negated(self) -> None:
        self._take("!")
        if self._next.word != "(":
            self._inverse_or_not()
            return
        self._take("(")
        while self._next.word != ")":
            self._inverse_or_not()
            if self._next.word == ")":
                break
            self._take("|")
            if self._next.word == ")":
                raise NotPlainError("a path that is not understood")
        self._take(")")

    def _inverse_or_not(self) -> None:
        if self._next.word == "^":
            self._take()
        self._predicate()

    def _predicate(self) -> None:
        token = self._take()
        if token.kind not in ("iri", "pname") and token.text != "a":
            raise NotPlainError(f'a path that is not understood at "{token.text}"')

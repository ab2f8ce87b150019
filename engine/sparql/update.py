"""A SPARQL Update request as its operations: what each may change, and where its data come from.

Decided on tokens, before any parser sees the text (https://www.w3.org/TR/sparql11-update/ section
3). Each operation keeps its place in the request, so that errors name lines of the original.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from engine.errors import LimitError
from engine.rdf import NamedNode
from engine.sparql.clauses import Names
from engine.sparql.guard import CHARACTERS, inspect
from engine.sparql.tokens import Token, refused, tokens

OPERATIONS = 1_000
_NOT_LINE = re.compile(r"[^\r\n]")
_MOVING = frozenset({"ADD", "MOVE", "COPY"})
_WHOLE = frozenset({"CLEAR", "DROP", "CREATE"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. ``text``: with the declarations before it, everything else blank.

    ``kind``: its first words, MODIFY for those with a WHERE. ``targets``: the graphs that it may
    change, None for any. ``default``: whether it may change the default graph. ``using`` and
    ``using_named``: its dataset. ``scoped``: whether it says WITH or USING. ``start`` and ``end``:
    offsets of the USING clauses (or of where they would stand). ``names``: every graph it names.
    ``everything``: ALL or NAMED, where it clears or drops those.
    """

    text: str
    kind: str
    targets: frozenset[NamedNode] | None
    default: bool
    names: frozenset[NamedNode]
    using: tuple[NamedNode, ...] = ()
    using_named: tuple[NamedNode, ...] = ()
    scoped: bool = False
    everything: str = ""
    start: int = 0
    end: int = 0

    @property
    def reads(self) -> bool:
        """Whether what it does depends on what is there."""
        return self.kind not in ("INSERT DATA", "DELETE DATA")

    def over(self, default: Sequence[NamedNode], named: Sequence[NamedNode]) -> "Operation":
        """This operation with its WHERE over these graphs."""
        if self.kind not in ("MODIFY", "DELETE WHERE"):
            return self
        clauses = [f"USING <{g.value}>" for g in default]
        clauses += [f"USING NAMED <{g.value}>" for g in named]
        said = f" {' '.join(clauses)} "
        if self.kind == "DELETE WHERE":
            # WHERE { P } is the template as well; between them is room for the dataset.
            template = self.text[self.end :]
            text = f"{self.text[: self.start]}{template}{said} WHERE{template}"
        else:
            text = self.text[: self.start] + said + self.text[self.end :]
        return replace(self, text=text, using=tuple(default), using_named=tuple(named))

    def inserting(self) -> str:
        """The text of a DELETE DATA as that of an INSERT DATA of the same quads."""
        return self.text[: self.start] + "INSERT" + self.text[self.start + len("DELETE") :]


def operations(text: str) -> tuple[Operation, ...]:
    """The operations of an update request, none for an empty one.

    Raises QueryError for what the guard refuses and for what is no operation, LimitError for too
    many.
    """
    if len(text) > CHARACTERS:
        raise LimitError(
            f"the update is longer than {CHARACTERS:,} characters",
            remedy="Put what is to be added into a document for /graphs, or import a file.",
        )
    found = tokens(text)
    if Names().declarations(found) >= len(found):
        return ()
    inspect(text, update=True)
    names, at = Names(), 0
    declared: list[tuple[int, int]] = []
    done: list[Operation] = []
    while at < len(found):
        if found[at].word in ("BASE", "PREFIX"):
            following = names.declare(found, at)
            last = found[min(following, len(found)) - 1]
            declared.append((found[at].start, last.end))
            at = following
            continue
        end = _end(found, at)
        if len(done) == OPERATIONS:
            raise LimitError(
                f"the request has more than {OPERATIONS:,} operations",
                remedy="Put what is to be added into one INSERT DATA, or import a file.",
            )
        shown = _alone(text, [*declared, (found[at].start, found[end - 1].end)])
        operation = _operation(text, shown, found[at:end], names)
        # How the parser resolves IRIs against a base is its own; so it may be any graph then.
        done.append(replace(operation, targets=None) if names.base else operation)
        at = end + 1
    return tuple(done)


def _end(found: Sequence[Token], at: int) -> int:
    """Where the operation that begins at ``at`` ends: at a semicolon outside of all braces."""
    depth = 0
    for place in range(at, len(found)):
        word = found[place].word
        depth += (word in ("{", "(", "[")) - (word in ("}", ")", "]"))
        if word == ";" and depth == 0 and place > at:
            return place
    return len(found)


def _alone(text: str, kept: Sequence[tuple[int, int]]) -> str:
    """``text`` with everything but these parts blank, line ends aside."""
    parts, end = [], 0
    for start, stop in kept:
        parts += [_NOT_LINE.sub(" ", text[end:start]), text[start:stop]]
        end = stop
    return "".join(parts)


def _operation(text: str, shown: str, found: Sequence[Token], names: Names) -> Operation:
    first = found[0].word
    second = found[1].word if len(found) > 1 else ""
    if first in _WHOLE:
        return _whole(shown, first, found, names)
    if first in _MOVING:
        return _moving(shown, first, found, names)
    if first in ("INSERT", "DELETE") and second == "DATA":
        return _braced(shown, f"{first} DATA", found, names)
    if first == "DELETE" and second == "WHERE":
        return _braced(shown, "DELETE WHERE", found, names)
    if first in ("INSERT", "DELETE", "WITH"):
        return _braced(shown, "MODIFY", found, names)
    raise refused(
        text,
        found[0].start,
        f'"{found[0].text[:80]}" begins no operation of an update',
        "Write INSERT, DELETE, WITH, CLEAR, DROP, CREATE, ADD, MOVE or COPY.",
    )


def _whole(shown: str, kind: str, found: Sequence[Token], names: Names) -> Operation:
    words = {token.word for token in found}
    named = _nodes(found, names)
    everything = next((word for word in ("ALL", "NAMED") if word in words), "")
    default = bool(words & {"DEFAULT", "ALL"})
    targets = None if everything else named
    return Operation(shown, kind, targets, default, named, everything=everything)


def _moving(shown: str, kind: str, found: Sequence[Token], names: Names) -> Operation:
    named = _nodes(found, names)
    return Operation(shown, kind, named, any(t.word == "DEFAULT" for t in found), named)


def _nodes(found: Sequence[Token], names: Names) -> frozenset[NamedNode]:
    return frozenset(node for token in found if (node := names.node(token)) is not None)


def _braced(shown: str, kind: str, found: Sequence[Token], names: Names) -> Operation:
    templates, rest = _templates(found)
    written = [_written(tokens_, names) for tokens_ in templates]
    with_, using, using_named = _clauses(rest if kind == "MODIFY" else (), names)
    default = any(plain for plain, _ in written)
    targets: set[NamedNode] | None = set()
    for _, graphs in written:
        targets = None if targets is None or graphs is None else targets | graphs
    if default and with_ is not None and targets is not None:
        targets.add(with_)
    start, end = _room(kind, found, rest)
    named = _graph_names(found, names)
    return Operation(
        shown,
        kind,
        None if targets is None else frozenset(targets),
        default and with_ is None,
        named if with_ is None else named | {with_},
        using=using,
        using_named=using_named,
        scoped=with_ is not None or bool(using or using_named),
        start=start,
        end=end,
    )


def _templates(found: Sequence[Token]) -> tuple[list[Sequence[Token]], Sequence[Token]]:
    """The contents of the outer braces that are written from, and the clauses around them.

    The group after the WHERE of an operation with a template is not looked into.
    """
    templates: list[Sequence[Token]] = []
    rest: list[Token] = []
    depth = start = 0
    for at, token in enumerate(found):
        if token.word == "{" and token.kind == "punct":
            depth += 1
            start = at + 1 if depth == 1 else start
        elif token.word == "}":
            depth -= 1
            if depth == 0:
                templates.append(found[start:at])
        elif depth == 0:
            if token.word == "WHERE" and templates:
                rest.append(token)
                break
            rest.append(token)
    return templates, rest


def _written(template: Sequence[Token], names: Names) -> tuple[bool, set[NamedNode] | None]:
    """Whether a template has triples outside of GRAPH, and its graphs, None for variable ones."""
    plain, graphs = False, set[NamedNode]()
    variable, depth, skip = False, 0, 0
    for at, token in enumerate(template):
        if skip:
            skip -= 1
        elif token.word in ("{", "}"):
            depth += 1 if token.word == "{" else -1
        elif depth == 0 and token.word == "GRAPH" and at + 1 < len(template):
            node = names.node(template[at + 1])
            variable = variable or node is None
            graphs |= {node} if node is not None else set()
            skip = 1
        elif depth == 0 and token.word != ".":
            plain = True
    return plain, None if variable else graphs


Clauses = tuple[NamedNode | None, tuple[NamedNode, ...], tuple[NamedNode, ...]]


def _clauses(rest: Sequence[Token], names: Names) -> Clauses:
    """What WITH, USING and USING NAMED say among the clauses of an operation."""
    with_: NamedNode | None = None
    using: list[NamedNode] = []
    named: list[NamedNode] = []
    for at, token in enumerate(rest[:-1]):
        node = names.node(rest[at + 1])
        if token.word == "WITH":
            with_ = node
        elif token.word == "USING" and node is not None:
            using.append(node)
        elif token.word == "NAMED" and node is not None:
            named.append(node)
    return with_, tuple(using), tuple(named)


def _room(kind: str, found: Sequence[Token], rest: Sequence[Token]) -> tuple[int, int]:
    """Where the USING clauses stand, or could; of other kinds, what ``Operation`` needs instead."""
    if kind == "DELETE WHERE":
        return found[1].start, found[1].end
    if kind == "MODIFY":
        where = next((t.start for t in rest if t.word == "WHERE"), found[-1].end)
        return next((t.start for t in rest if t.word == "USING"), where), where
    return found[0].start, found[0].start


def _graph_names(found: Sequence[Token], names: Names) -> frozenset[NamedNode]:
    """The nodes after GRAPH, USING and NAMED anywhere."""
    after = (
        names.node(following)
        for token, following in pairwise(found)
        if token.word in ("GRAPH", "USING", "NAMED")
    )
    return frozenset(node for node in after if node is not None)

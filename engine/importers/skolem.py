"""IRIs for blank nodes that stay the same when a file is read again, reordered or relabelled.

Each connected component of blank nodes is brought into a canonical form of its own (partition
refinement, then the least form among the choices that symmetry leaves), and a node's IRI hashes
that form, the node's place in it and the name of the source. A change elsewhere in the file
leaves it alone, unlike a canonical labelling of the whole file. Components of equal form stay
distinct by an ordinal.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NoReturn

from engine.errors import LimitError
from engine.rdf import BlankNode, NamedNode, Triple

# Edge: outgoing or incoming, predicate, the ground neighbour's text or "", the blank neighbour.
Edge = tuple[bool, str, str, BlankNode | None]
Classes = dict[BlankNode, int]
_BUDGET = 5_000_000
_MAX_DEPTH = 300
_PATH = ".well-known/genid/"


def skolemise(
    triples: Iterable[Triple], *, base: str, source: str, about: Iterable[Triple] = ()
) -> list[Triple]:
    """``triples`` with each blank node replaced by ``<base>.well-known/genid/<hash>``, and
    ``about`` them with the same IRIs: what only speaks of a blank node does not name it.

    Raises LimitError where a component is so symmetric that no canonical form is found in
    bounded work.
    """
    given = list(triples)
    blank = [triple for triple in given if _is_blank(triple)]
    names = skolem_names(blank, base=base, source=source)
    given += about
    if not names:
        return given
    return [_renamed(triple, names) if _is_blank(triple) else triple for triple in given]


def skolem_names(
    triples: Sequence[Triple], *, base: str, source: str
) -> dict[BlankNode, NamedNode]:
    """The IRI of each blank node of ``triples``, of which each has one. Raises LimitError."""
    return _names(triples, f"{base}{_PATH}", source) if triples else {}


def _is_blank(triple: Triple) -> bool:
    return isinstance(triple.subject, BlankNode) or isinstance(triple.object, BlankNode)


def _renamed(triple: Triple, names: dict[BlankNode, NamedNode]) -> Triple:
    subject, value = triple.subject, triple.object
    return Triple(
        names[subject] if isinstance(subject, BlankNode) else subject,
        triple.predicate,
        names[value] if isinstance(value, BlankNode) else value,
    )


def _names(triples: Sequence[Triple], prefix: str, source: str) -> dict[BlankNode, NamedNode]:
    edges = _edges(triples)
    seen: dict[str, int] = defaultdict(int)
    names: dict[BlankNode, NamedNode] = {}
    for component in _components(edges):
        order, form = _Component(component, edges).canonical()
        digest = hashlib.sha256(f"{source}\n{form}".encode()).hexdigest()
        ordinal = seen[digest]
        seen[digest] += 1
        for place, node in enumerate(order):
            one = hashlib.sha256(f"{digest} {ordinal} {place}".encode()).hexdigest()[:32]
            names[node] = NamedNode(prefix + one)
    return names


def _edges(triples: Sequence[Triple]) -> dict[BlankNode, list[Edge]]:
    edges: dict[BlankNode, list[Edge]] = defaultdict(list)
    for triple in triples:
        subject, predicate, value = triple.subject, str(triple.predicate), triple.object
        if isinstance(subject, BlankNode):
            other = value if isinstance(value, BlankNode) else None
            edges[subject].append((True, predicate, "" if other else str(value), other))
        if isinstance(value, BlankNode):
            other = subject if isinstance(subject, BlankNode) else None
            edges[value].append((False, predicate, "" if other else str(subject), other))
    return edges


def _components(edges: dict[BlankNode, list[Edge]]) -> Iterable[list[BlankNode]]:
    done: set[BlankNode] = set()
    for start in edges:
        if start in done:
            continue
        done.add(start)
        found = [start]
        for node in found:  # grows while it is walked
            for edge in edges[node]:
                if edge[3] is not None and edge[3] not in done:
                    done.add(edge[3])
                    found.append(edge[3])
        yield found


class _Component:
    """One connected component, its edges, and the work still allowed on it."""

    def __init__(self, nodes: list[BlankNode], edges: dict[BlankNode, list[Edge]]) -> None:
        self.nodes = nodes
        self.edges = {node: set(edges[node]) for node in nodes}
        self.budget = _BUDGET

    def canonical(self) -> tuple[list[BlankNode], str]:
        """The nodes in canonical order, and the canonical text of the component."""
        ground = {
            node: tuple(sorted((*e[:3], e[3] is not None, e[3] == node) for e in edges))
            for node, edges in self.edges.items()
        }
        rank = {signature: at for at, signature in enumerate(sorted(set(ground.values())))}
        classes = {node: rank[ground[node]] for node in self.nodes}
        return self._least(self._refined(classes, self.nodes), set(), 0)

    def _refined(self, given: Classes, changed: Iterable[BlankNode]) -> Classes:
        """A stable partition below ``given``; classes are numbered by structure only."""
        classes = dict(given)
        sizes = Counter(classes.values())
        following = max(sizes) + 1
        touched = set(changed)
        while touched and len(sizes) < len(self.nodes):
            near: dict[int, set[BlankNode]] = defaultdict(set)
            for node in touched:
                for edge in self.edges[node]:
                    if edge[3] is not None and sizes[classes[edge[3]]] > 1:
                        near[classes[edge[3]]].add(edge[3])
            touched = set()
            for number in sorted(near):
                groups = self._groups(near[number], classes)
                # The rest of the class has neighbours that kept theirs, and keeps its number.
                rest = sizes[number] - len(near[number])
                for group in groups if rest else groups[1:]:
                    for node in group:
                        classes[node] = following
                    sizes[following] = len(group)
                    sizes[number] -= len(group)
                    touched.update(group)
                    following += 1
        return classes

    def _groups(self, near: set[BlankNode], classes: Classes) -> list[list[BlankNode]]:
        found: dict[tuple[tuple[bool, str, int], ...], list[BlankNode]] = defaultdict(list)
        for node in near:
            self._spend(len(self.edges[node]))
            signature = ((e[0], e[1], classes[e[3]]) for e in self.edges[node] if e[3] is not None)
            found[tuple(sorted(signature))].append(node)
        return [found[signature] for signature in sorted(found)]

    def _least(self, classes: Classes, seen: set[str], depth: int) -> tuple[list[BlankNode], str]:
        """The order with the least form below this partition; ``seen`` collects all forms met.

        A choice whose first leaf has a form already met here is the image of an earlier choice
        under a symmetry of the component, so that nothing new can come of it.
        """
        tied = self._tied(classes)
        if depth > _MAX_DEPTH:
            self._give_up()
        if not tied:
            order = sorted(self.nodes, key=classes.__getitem__)
            form = self._form(order)
            seen.add(form)
            return order, form
        here: set[str] = set()
        best: tuple[list[BlankNode], str] | None = None
        for apart in self._choices(tied):
            below = self._set_apart(classes, apart)
            if here and self._form(self._any_leaf(below)) in here:
                continue
            found = self._least(below, here, depth + 1)
            if best is None or found[1] < best[1]:
                best = found
        seen |= here
        assert best is not None
        return best

    def _tied(self, classes: Classes) -> list[BlankNode]:
        """The smallest class of several nodes, empty when every node is told apart."""
        members: dict[int, list[BlankNode]] = defaultdict(list)
        for node, number in classes.items():
            members[number].append(node)
        several = [(len(nodes), number) for number, nodes in members.items() if len(nodes) > 1]
        self._spend(len(classes))
        return members[min(several)[1]] if several else []

    def _choices(self, tied: list[BlankNode]) -> list[list[BlankNode]]:
        """What to set apart next: all at once where any order will do, else each in turn."""
        return [tied] if self._interchangeable(tied) else [[node] for node in tied]

    def _set_apart(self, classes: Classes, nodes: list[BlankNode]) -> Classes:
        top = max(classes.values()) + 1
        return self._refined(classes | {node: top + at for at, node in enumerate(nodes)}, nodes)

    def _any_leaf(self, classes: Classes) -> list[BlankNode]:
        while tied := self._tied(classes):
            classes = self._set_apart(classes, self._choices(tied)[0])
        return sorted(self.nodes, key=classes.__getitem__)

    def _interchangeable(self, nodes: list[BlankNode]) -> bool:
        """Whether swapping the first with any other changes nothing, so that any order will do."""
        first, *others = nodes
        for other in others:
            swap = {first: other, other: first}
            moved = {
                (e[0], e[1], e[2], swap.get(e[3], e[3]) if e[3] is not None else None)
                for e in self.edges[first]
            }
            self._spend(len(moved))
            if moved != set(self.edges[other]):
                return False
        return True

    def _form(self, order: list[BlankNode]) -> str:
        place = {node: at for at, node in enumerate(order)}
        self._spend(sum(len(self.edges[node]) for node in order))
        lines = {
            f"_:{place[node]} {e[1]} {f'_:{place[e[3]]}' if e[3] is not None else e[2]}"
            if e[0]
            else f"{f'_:{place[e[3]]}' if e[3] is not None else e[2]} {e[1]} _:{place[node]}"
            for node in order
            for e in self.edges[node]
        }
        return "\n".join(sorted(lines))

    def _spend(self, work: int) -> None:
        self.budget -= work
        if self.budget < 0:
            self._give_up()

    def _give_up(self) -> NoReturn:
        raise LimitError(
            f"{len(self.nodes)} blank nodes that hang together are too alike to be told apart",
            remedy="Give them IRIs.",
        )

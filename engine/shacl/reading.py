"""Reads one shape of a shapes graph: targets, severity, messages, path; constraints elsewhere."""

from difflib import get_close_matches
from typing import NoReturn

from engine.errors import Place, ShapeError
from engine.rdf import BlankNode, Literal, NamedNode, Node, Term
from engine.shacl.components import Component, declared_components
from engine.shacl.core import core_constraints
from engine.shacl.literals import LANG_STRING, is_true
from engine.shacl.model import Shape, Targets
from engine.shacl.paths import Path, parse_path, path_text
from engine.shacl.shapesgraph import ShapesGraph
from engine.vocab import RDFS, SH, XSD, shorten

_TARGETS = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
_EVALUATED = (
    *("and", "class", "closed", "datatype", "disjoint", "equals", "flags", "hasValue"),
    *("ignoredProperties", "in", "languageIn", "lessThan", "lessThanOrEquals", "maxCount"),
    *("maxExclusive", "maxInclusive", "maxLength", "minCount", "minExclusive", "minInclusive"),
    *("minLength", "node", "nodeKind", "not", "or", "path", "pattern", "property"),
    *("qualifiedMaxCount", "qualifiedMinCount", "qualifiedValueShape"),
    *("qualifiedValueShapesDisjoint", "sparql", "uniqueLang", "xone", "targetClass"),
    *("targetNode", "targetObjectsOf", "targetSubjectsOf", "severity", "message", "deactivated"),
)
_DESCRIPTIVE = (
    *("name", "description", "order", "group", "defaultValue", "declare", "prefixes", "select"),
    *("ask", "shapesGraph", "suggestedShapesGraph", "labelTemplate", "codeIdentifier"),
    *("agentInstruction", "intent"),
)
# Of SHACL Advanced Features and SHACL-JS: left to ``engine.shacl.aside``.
_BEYOND = (SH.expression, SH.js, SH.target)
_KNOWN = frozenset({*(SH[name] for name in (*_EVALUATED, *_DESCRIPTIVE)), *_BEYOND})


class ShapeReader:
    """Reads the shapes of ``graph`` one by one. Raises ShapeError for a malformed one."""

    def __init__(self, graph: ShapesGraph) -> None:
        self.graph = graph
        self._parents: dict[Node, Node] = {}
        self._classes = frozenset(graph.instances(RDFS.Class))
        for triple in graph.using(SH.entailment):
            self.error(
                triple.subject,
                SH.entailment,
                "the shapes graph asks for an entailment regime, and none is supported",
                "Validate the asserted data: remove sh:entailment.",
            )
        self.components: tuple[Component, ...] = declared_components(graph, self)

    def roots(self) -> list[Node]:
        """The shapes to start from: typed as shapes, or with a target."""
        typed = [*self.graph.instances(SH.NodeShape), *self.graph.instances(SH.PropertyShape)]
        targeted = [t.subject for p in (*_TARGETS, SH.target) for t in self.graph.using(p)]
        return list(dict.fromkeys([*typed, *targeted]))

    def note_parent(self, node: Node, parent: Node | None) -> None:
        """Remember through which shape ``node`` was reached, to name it in errors."""
        if parent is not None:
            self._parents.setdefault(node, parent)

    def shape(self, node: Node) -> Shape:
        """The shape at ``node``."""
        self._refuse_unknown(node)
        path = self._path(node)
        deactivated = self.one(node, SH.deactivated)
        if deactivated is not None and not _boolean(deactivated):
            self.error(node, SH.deactivated, "the value is no boolean", "Write true or false.")
        severity = self.one(node, SH.severity)
        if severity is not None and not isinstance(severity, NamedNode):
            self.error(node, SH.severity, "the severity is no IRI", "Write sh:Violation, say.")
        return Shape(
            node=node,
            path=path,
            path_text=path_text(path) if path else None,
            targets=self._targets(node),
            constraints=tuple(core_constraints(self, node, path)),
            severity=severity if isinstance(severity, NamedNode) else SH.Violation,
            messages=self.messages(node),
            deactivated=is_true(deactivated),
            beyond=tuple(term for term in _BEYOND if self.graph.values(node, term)),
        )

    def messages(self, node: Node) -> tuple[Literal, ...]:
        """The sh:message values of a shape, a constraint or a validator."""
        found: list[Literal] = []
        for value in self.graph.values(node, SH.message):
            if not isinstance(value, Literal) or value.datatype not in (XSD.string, LANG_STRING):
                self.error(node, SH.message, "the message is no text", 'Write "…" or "…"@en.')
            found.append(value)
        return tuple(found)

    def one(self, node: Node, predicate: NamedNode) -> Term | None:
        """The only value of ``predicate``, or None. Raises ShapeError for several."""
        values = self.graph.values(node, predicate)
        if len(values) > 1:
            self.error(node, predicate, f"there are {len(values)} values", "Keep one value.")
        return values[0] if values else None

    def members(self, node: Node, predicate: NamedNode, head: Term) -> tuple[Term, ...]:
        """The members of the list ``head``, a value of ``predicate``."""
        try:
            return self.graph.members(head)
        except ShapeError as error:
            self.error(node, predicate, error.message, error.remedy)

    def name(self, node: Node) -> str:
        """How an error message calls ``node``."""
        if isinstance(node, NamedNode):
            return shorten(node)
        paths = self.graph.values(node, SH.path)
        what = "the blank shape"
        if paths and isinstance(paths[0], NamedNode):
            what = f"the property shape on {shorten(paths[0])}"
        parent = self._parents.get(node) or self._holder(node)
        return f"{what} in {self.name(parent)}" if parent else f"{what} {node}"

    def _holder(self, node: Node) -> Node | None:
        holder = next((t.subject for t in self.graph.using(SH.property) if t.object == node), None)
        return holder if isinstance(holder, NamedNode) else None

    def error(self, node: Node, predicate: NamedNode | None, message: str, remedy: str) -> NoReturn:
        """Raise a ShapeError about ``predicate`` of ``node``."""
        field = shorten(predicate) if predicate else None
        place = Place(f"shape {self.name(node)}", field=field)
        raise ShapeError(message, place=place, remedy=remedy)

    def _refuse_unknown(self, node: Node) -> None:
        for predicate in self.graph.about(node):
            if predicate in SH and predicate not in _KNOWN:
                local = SH.local(predicate)
                close = get_close_matches(local, _EVALUATED, 1)
                remedy = f"Did you mean sh:{close[0]}?" if close else "Express it in SHACL 1.0."
                self.error(node, predicate, "this engine does not evaluate this term", remedy)

    def _path(self, node: Node) -> Path | None:
        value = self.one(node, SH.path)
        if value is None:
            is_property = node in self.graph.instances(SH.PropertyShape) or any(
                t.object == node for t in self.graph.using(SH.property)
            )
            if is_property:
                self.error(node, SH.path, "the property shape has no path", "Add sh:path.")
            return None
        try:
            return parse_path(self.graph, value)
        except ShapeError as error:
            self.error(node, SH.path, error.message, error.remedy)

    def _targets(self, node: Node) -> Targets:
        nodes = tuple(self.graph.values(node, SH.targetNode))
        if any(isinstance(value, BlankNode) for value in nodes):
            self.error(node, SH.targetNode, "a blank node cannot be named", "Name an IRI.")
        classes = list(self.iris(node, SH.targetClass))
        if node in self._classes:
            if isinstance(node, BlankNode):
                self.error(node, None, "a blank node is a class and a shape", "Give it an IRI.")
            classes.append(node)
        return Targets(
            nodes,
            tuple(classes),
            self.iris(node, SH.targetSubjectsOf),
            self.iris(node, SH.targetObjectsOf),
        )

    def iris(self, node: Node, predicate: NamedNode) -> tuple[NamedNode, ...]:
        """The values of ``predicate``, all of which must be IRIs."""
        values = self.graph.values(node, predicate)
        found = tuple(value for value in values if isinstance(value, NamedNode))
        if len(found) != len(values):
            self.error(node, predicate, "a value is no IRI", "Write an IRI.")
        return found


def _boolean(term: Term) -> bool:
    return isinstance(term, Literal) and (term.datatype, term.value) in (
        (XSD.boolean, "true"),
        (XSD.boolean, "false"),
    )

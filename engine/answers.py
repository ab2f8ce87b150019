"""The documented JSON of each answer: one shape for the command line, REST and the pages.

Nodes are ``{"iri", "label"}``; literals ``{"value", "datatype"}`` or ``{"value", "language"}``;
instants end in Z; numbers are plain. Keys never change meaning between releases.
"""

from collections.abc import Iterable

from engine.cascade import Cascade, Simulation
from engine.cascade.propagate import Effect, Hop
from engine.conformance import Assessment, Gap
from engine.dependency import Edge
from engine.ledger.entry import Entry, Part
from engine.ledger.ledger import Assertion
from engine.rdf import BlankNode, Literal, NamedNode, Node, Term, terms_of
from engine.shacl import Finding, Report
from engine.snapshot import Reader
from engine.sparql.rewrite import Rewritten
from engine.timeline import Interval, Point, Step, intervals
from engine.trace import Trace, TraceHop
from engine.view import format_instant
from engine.vocab import XSD, shorten

Json = dict[str, object]


def term_json(reader: Reader, term: Term | None) -> Json | None:
    """A term as JSON, labelled where it is a node."""
    if term is None:
        return None
    if isinstance(term, Literal):
        if term.language:
            return {"value": term.value, "language": term.language}
        if term.datatype == XSD.string:
            return {"value": term.value}
        return {"value": term.value, "datatype": term.datatype.value}
    if isinstance(term, BlankNode):
        return {"iri": f"_:{term.value}", "label": f"_:{term.value}"}
    return {"iri": term.value, "label": reader.label(term)}


def told(reader: Reader, term: str) -> dict[str, str]:
    """What a person is shown for a term of a fact, an IRI or a literal as N-Triples writes it.

    ``{"iri", "label"}`` or ``{"value"}``, instants at midnight UTC as the day that begins then.
    """
    if term.startswith('"'):
        return {"value": term[1 : term.rindex('"')].replace("T00:00:00Z", "")}
    return {"iri": term, "label": reader.label(NamedNode(term))}


def header_json(reader: Reader) -> Json:
    """Where an answer stands: position, instant, period, view and knowledge pack."""
    view = reader.view
    return {
        "sequence": reader.sequence,
        "head": reader.head_hash,
        "at": format_instant(view.evaluated_at),
        "period": str(view.judged_period),
        "view": "restricted" if view.restricted else "complete",
        "pack": reader.pack.digest,
    }


def trace_json(reader: Reader, answer: Trace) -> Json:
    """``{…header, "start", "to", "direction", "complete", "hops", "reached", "breaks"}``."""
    return header_json(reader) | {
        "start": term_json(reader, answer.start),
        "to": term_json(reader, answer.to),
        "direction": answer.direction,
        "complete": answer.complete,
        "hops": [_trace_hop(reader, hop) for hop in answer.hops],
        "reached": [term_json(reader, node) for node in answer.reached],
        "breaks": [_trace_hop(reader, hop) for hop in answer.breaks],
    }


def _trace_hop(reader: Reader, hop: TraceHop) -> Json:
    return {
        "source": term_json(reader, hop.source),
        "target": term_json(reader, hop.target),
        "over": shorten(hop.over),
        "expects": term_json(reader, hop.expects),
        "direction": hop.direction,
        "state": hop.state.value,
        "reason": hop.reason,
        "depth": hop.depth,
        "replaced": hop.replaced,
        "inherited_from": _ends(reader, hop.inherited_from),
    }


def _ends(reader: Reader, link: tuple[Node, Node] | None) -> Json | None:
    if link is None:
        return None
    return {"source": term_json(reader, link[0]), "target": term_json(reader, link[1])}


def cascade_json(reader: Reader, answer: Cascade) -> Json:
    """``{…header, "start", "kinds", "effects", "stopped", "loops", "single_points",
    "withheld"}``; ``rounds`` and ``seed`` too where it was simulated.
    """
    simulated = answer.simulation
    drawn: Json = {} if simulated is None else {"rounds": simulated.rounds, "seed": simulated.seed}
    return (
        header_json(reader)
        | drawn
        | {
            "start": term_json(reader, answer.start),
            "kinds": [shorten(kind) for kind in answer.kinds],
            "effects": [_effect(reader, effect, simulated) for effect in answer.effects],
            "stopped": [_edge(reader, edge) for edge in answer.stopped],
            "loops": [[term_json(reader, node) for node in loop] for loop in answer.loops],
            "single_points": [
                {
                    "node": term_json(reader, point.node),
                    "shields": [term_json(reader, node) for node in point.shields],
                }
                for point in answer.single_points
            ],
            "withheld": [term_json(reader, node) for node in answer.withheld],
        }
    )


def _effect(reader: Reader, effect: Effect, simulated: Simulation | None) -> Json:
    share: Json = {}
    if simulated is not None:
        share = {"share": round(simulated.shares.get((effect.node, effect.kind), 0.0), 6)}
    return share | {
        "node": term_json(reader, effect.node),
        "kind": shorten(effect.kind),
        "strength": round(effect.strength, 6),
        "probability": round(effect.probability, 6),
        "latency_hours": effect.latency_hours,
        "path": [_hop(reader, hop) for hop in effect.path],
    }


def _hop(reader: Reader, hop: Hop) -> Json:
    return {
        "source": term_json(reader, hop.source),
        "target": term_json(reader, hop.target),
        "kind": shorten(hop.kind),
        "over": shorten(hop.edge.rule.over) if hop.edge else None,
        "weight": round(hop.weight, 6),
        "barrier": term_json(reader, hop.edge.barrier.fail_safe)
        if hop.edge and hop.edge.barrier
        else None,
    }


def _edge(reader: Reader, edge: Edge) -> Json:
    return {
        "source": term_json(reader, edge.source),
        "target": term_json(reader, edge.target),
        "over": shorten(edge.rule.over),
        "barrier": term_json(reader, edge.barrier.fail_safe) if edge.barrier else None,
    }


def report_json(reader: Reader, report: Report) -> Json:
    """``{…header, "conforms", "rules", "results"}``: populations counted, results in order."""
    return header_json(reader) | {
        "conforms": report.conforms,
        "rules": [
            {
                "rule": term_json(reader, run.rule),
                "population": len(run.population),
                "results": len(run.findings),
                "state": run.state,
                "reason": run.reason,
            }
            for run in report.runs
        ],
        "results": [finding_json(reader, finding) for finding in report.findings],
    }


def finding_json(reader: Reader, finding: Finding) -> Json:
    """One rule result."""
    return {
        "rule": term_json(reader, finding.rule),
        "focus": term_json(reader, finding.focus),
        "path": finding.path,
        "value": term_json(reader, finding.value),
        "shape": term_json(reader, finding.shape),
        "constraint": term_json(reader, finding.constraint),
        "component": shorten(finding.component),
        "severity": shorten(finding.severity),
        "message": finding.message,
        "text": reader.worded(finding.message),
    }


def changes_json(reader: Reader, first: int, last: int, steps: Iterable[Step]) -> Json:
    """``{…header, "from", "to", "unjudged", "items"}``: what became of rule results.

    ``unjudged``: rules that could not be run on the way, of which nothing is known.
    """
    known = list(steps)
    unjudged = dict.fromkeys(name for step in known for name in step.unjudged)
    return header_json(reader) | {
        "from": first,
        "to": last,
        "unjudged": list(unjudged),
        "items": [_interval(reader, interval) for interval in intervals(known)],
    }


def _interval(reader: Reader, interval: Interval) -> Json:
    """A rule result with where it began and ended: ``since``, ``until``, null for outside.

    Each is ``{"sequence", "at", "cause"}``, ``cause`` ``entry`` or ``time``.
    """
    result = interval.result
    return {
        "rule": term_json(reader, result.rule),
        "focus": term_json(reader, result.focus),
        "path": result.path,
        "value": term_json(reader, result.value),
        "component": shorten(result.component),
        "severity": shorten(result.severity),
        "message": result.message,
        "text": reader.worded(result.message),
        "since": _point(interval.since),
        "until": _point(interval.until),
    }


def _point(point: Point | None) -> Json | None:
    if point is None:
        return None
    return {
        "sequence": point.sequence,
        "at": format_instant(point.at),
        "cause": point.cause,
    }


def outcomes_json(assessment: Assessment, node: Node) -> list[Json]:
    """The outcome of each obligation on ``node``: ``{"item", "obligation", "label", "outcome",
    "reason"}`` in the standard's order.
    """
    return [
        {
            "item": item.item.ref,
            "obligation": part.obligation.name,
            "label": part.obligation.title,
            "outcome": one.outcome.value,
            "reason": one.reason,
        }
        for item in assessment.items
        for part in item.obligations
        for one in (*part.outcomes, *part.outside)
        if one.subject == node
    ]


def gaps_json(assessment: Assessment, found: Iterable[Gap]) -> Json:
    """The assessment's header and closing sentence, and ``"gaps"``, most pressing first."""
    return assessment.header.to_json() | {"gaps": [gap.to_json() for gap in found]}


def history_json(history: Iterable[Assertion]) -> list[Json]:
    """Who said what about a node, when and why, one object per entry and graph."""
    return [
        {
            "sequence": item.sequence,
            "instant": format_instant(item.instant),
            "agent": item.agent,
            "reason": item.reason,
            "graph": item.graph.value,
            "added": len(item.added),
            "removed": len(item.removed),
        }
        for item in history
    ]


def entry_json(entry: Entry, *, changes: bool = False) -> Json:
    """Header and reason of a ledger entry; with ``changes`` also the rows of each part."""
    header = entry.header
    return {
        "sequence": header.sequence,
        "hash": entry.hash,
        "instant": header.instant,
        "kind": header.kind,
        "agent": header.agent,
        "face": header.face,
        "clock_jump": header.clock_jump,
        "detail": header.detail,
        "reason": entry.reason,
        "parts": [_part(part, changes) for part in entry.parts],
    }


def _part(part: Part, changes: bool) -> Json:
    told: Json = {
        "digest": part.digest,
        "compartment": part.compartment,
        "erased": part.erased,
    }
    return told | {"rows": list(part.patch().rows())} if changes else told


def rows_json(reader: Reader, rows: list[dict[str, Term | None]]) -> list[Json]:
    """Rows of a named query, each variable as labelled JSON."""
    return [{name: term_json(reader, term) for name, term in row.items()} for row in rows]


def explained_json(form: str, found: Rewritten) -> Json:
    """``{"form", "changed", "run", "notes"}``: ``run`` is the text that the store is given, and
    each note ``{"line", "column", "part", "changed", "told"}`` says what was done about a part of
    the query, or why nothing was.
    """
    return {
        "form": form,
        "changed": found.changed,
        "run": found.text,
        "notes": [
            {
                "line": note.line,
                "column": note.column,
                "part": note.part,
                "changed": note.changed,
                "told": note.told,
            }
            for note in found.notes
        ],
    }


def node_json(reader: Reader, node: NamedNode) -> Json:
    """What is recorded about ``node``: its triples both ways, each with the graphs asserting it."""
    return header_json(reader) | {
        "node": term_json(reader, node),
        "types": [shorten(cls) for cls in sorted(reader.types(node), key=str)],
        "statements": [
            {
                "predicate": shorten(triple.predicate),
                "object": term_json(reader, terms_of(triple)[2]),
                "graphs": [graph.value for graph in reader.source_of(triple)],
            }
            for triple in sorted(reader.match(node, None, None), key=str)
        ],
        "mentioned_by": [
            {
                "subject": term_json(reader, terms_of(triple)[0]),
                "predicate": shorten(triple.predicate),
            }
            for triple in sorted(reader.match(None, None, node), key=str)
        ],
    }

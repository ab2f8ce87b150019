"""How each answer looks on a terminal; takes the documented JSON or the result value."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.cli._output import print_table, say

if TYPE_CHECKING:
    from engine.cascade import Cascade
    from engine.cascade.propagate import Effect
    from engine.ledger.entry import Entry
    from engine.rdf import Term
    from engine.snapshot import Reader
    from engine.sparql.results import QueryResult
    from engine.trace import Trace, TraceHop

Answer = Mapping[str, Any]


def term_text(reader: "Reader", term: "Term | None") -> str:
    """Label of a node, text of a literal, a dash for nothing."""
    return "–" if term is None else reader.label(term)


def trace(reader: "Reader", answer: "Trace") -> None:
    """An indented walk, breaks marked, then the verdict of the chain."""
    by_source: dict[object, list[TraceHop]] = {}
    for hop in answer.hops:
        by_source.setdefault((hop.source, hop.direction), []).append(hop)
    say(term_text(reader, answer.start))
    for way in ("down", "up"):
        _branch(reader, by_source, answer.start, way, 1, set())
    say()
    if answer.complete:
        say(f"The chain holds: {len(answer.reached)} nodes reached, no break.")
    else:
        count = len(answer.breaks)
        breaks = "1 break" if count == 1 else f"{count} breaks"
        say(f"{len(answer.reached)} nodes reached over live hops; {breaks}.")


def _branch(
    reader: "Reader",
    by_source: "Mapping[object, Sequence[TraceHop]]",
    node: object,
    way: str,
    depth: int,
    seen: set[object],
) -> None:
    if (node, way) in seen:
        return
    seen.add((node, way))
    for hop in by_source.get((node, way), ()):
        arrow = "→" if way == "down" else "←"
        mark = "" if hop.state == "live" else f"  ✗ {hop.state.upper()}: {hop.reason}"
        mark = f"  {hop.state}: {hop.reason}" if hop.replaced else mark
        target = (
            term_text(reader, hop.target)
            if hop.target is not None
            else f"[{reader.label(hop.expects)}]"
        )
        say(f"{'  ' * depth}{arrow} {target}{mark}")
        if hop.target is not None:
            _branch(reader, by_source, hop.target, way, depth + 1, seen)


def cascade(reader: "Reader", answer: "Cascade") -> None:
    """Each node reached, strongest first, with its effects and the path of the strongest."""
    kinds = ", ".join(kind.value.rpartition("#effect-")[2] for kind in answer.kinds)
    say(f"If {term_text(reader, answer.start)} fails ({kinds or 'no effect leads away from it'}):")
    if answer.effects:
        _effects(reader, answer)
    else:
        say("Nothing is reached.")
    for edge in answer.stopped:
        by = reader.label(edge.barrier.fail_safe) if edge.barrier else "weight 0"
        say(f"stopped before {reader.label(edge.target)} by {by}")
    for node in answer.withheld:
        say(f"beyond {reader.label(node)}: more, over links that this view does not show")
    for loop in answer.loops:
        say(f"feedback loop: {', '.join(reader.label(node) for node in loop)}")
    for point in answer.single_points[:5]:
        others = f"{len(point.shields)} other{'' if len(point.shields) == 1 else 's'}"
        say(f"single point: {reader.label(point.node)} lies before {others}")


def _effects(reader: "Reader", answer: "Cascade") -> None:
    strongest: dict[object, list[Effect]] = {}
    for effect in answer.effects:
        strongest.setdefault(effect.node, []).append(effect)
    rows = []
    shares = answer.simulation.shares if answer.simulation else {}
    simulated = ["#simulated"] if answer.simulation else []
    for effects in strongest.values():
        first = effects[0]
        arriving = [e.kind.value.rpartition("#effect-")[2] for e in effects]
        rows.append(
            (
                reader.label(first.node),
                f"{first.strength:.2f}",
                f"{max(e.probability for e in effects):.2f}",
                *(f"{max(shares[e.node, e.kind] for e in effects):.2f}" for _ in simulated),
                f"{first.latency_hours:g}",
                ", ".join(arriving),
                " → ".join(reader.label(hop.target) for hop in first.path if hop.edge),
            )
        )
    heads = ["reaches", "#strength", "#probability", *simulated, "#hours", "effects", "along"]
    print_table(heads, rows)
    if answer.simulation:
        rounds = answer.simulation.rounds
        # Twice the standard error of a share of one half, the widest there is.
        say(f"simulated: {rounds} rounds, seed {answer.simulation.seed}, ±{rounds**-0.5:.3f}")


def rows(reader: "Reader", answer: "Sequence[Mapping[str, Term | None]]") -> None:
    """Rows of a named query."""
    if not answer:
        say("no rows")
        return
    names = list(answer[0])
    print_table(names, [[term_text(reader, row[name]) for name in names] for row in answer])
    say(f"{len(answer)} rows")


def result(answer: "QueryResult") -> None:
    """The result of any SPARQL query."""
    from engine.rdf import NamedNode
    from engine.sparql.results import Answer as Truth
    from engine.sparql.results import Solutions
    from engine.vocab import shorten

    def text(term: object) -> str:
        if isinstance(term, NamedNode):
            return shorten(term)
        return "" if term is None else str(getattr(term, "value", term))

    if isinstance(answer, Truth):
        say("yes" if answer.value else "no")
    elif isinstance(answer, Solutions):
        found = [[text(term) for term in row] for row in answer.rows]
        print_table(list(answer.variables), found)
        say(f"{len(found)} rows")
    else:
        count = 0
        for triple in answer.triples:
            say(f"{text(triple.subject)} {text(triple.predicate)} {text(triple.object)} .")
            count += 1
        say(f"{count} triples")


def explained(answer: Answer) -> None:
    """What was done about each part of a query, then the query as it is run."""
    print_table(
        ["line", "part", "rewritten", "why"],
        [
            (
                f"{note['line']}:{note['column']}" if note["line"] else "",
                note["part"],
                "yes" if note["changed"] else "no",
                note["told"],
            )
            for note in answer["notes"]
        ],
    )
    say("run as:" if answer["changed"] else "run as it is written:")
    say(answer["run"])


def node(answer: Answer) -> None:
    """Statements about a node, then who said what."""
    say(f"{answer['node']['label']}  <{answer['node']['iri']}>")
    say(f"is a {', '.join(answer['types'])}")
    print_table(
        ["property", "value", "asserted in"],
        [
            (
                statement["predicate"],
                statement["object"].get("label") or statement["object"].get("value"),
                ", ".join(graph.rpartition("/graph/")[2] for graph in statement["graphs"]),
            )
            for statement in answer["statements"]
        ],
    )
    say()
    print_table(
        ["#entry", "instant", "agent", "source", "#added", "#removed", "reason"],
        [
            (
                item["sequence"],
                item["instant"],
                item["agent"],
                item["graph"].rpartition("/graph/")[2],
                item["added"],
                item["removed"],
                item["reason"],
            )
            for item in answer["history"]
        ],
    )


def imported(answer: Answer) -> None:
    """What an import did, or would do."""
    verb = "would add" if answer["dry_run"] else "added"
    gone = "remove" if answer["dry_run"] else "removed"
    say(
        f"{answer['source']}: {verb} {answer['added']}, {gone} {answer['removed']} statements"
        + (f" (entry {answer['sequence']})" if answer["sequence"] else "")
    )
    for fault in answer["errors"]:
        say(f"  skipped {fault['place']}: {fault['reason']}")
    for text in answer["notes"]:
        say(f"  note: {text}")


def _told(term: Answer) -> str:
    """A node's label, or a literal's text."""
    return str(term.get("label", term.get("value")))


def refused(answer: Answer) -> None:
    """Why a guard refused a change: the new rule results, and rules that it could not judge."""
    for result in answer["results"]:
        say(f"{result['severity'].removeprefix('sh:').upper():9} {result['text']}")
        where = f"          {_told(result['focus'])}"
        where += f"  path {result['path']}" if result["path"] else ""
        if result["value"] not in (None, result["focus"]):
            where += f"  value {_told(result['value'])}"
        say(f"{where}  by {result['rule']['label']}")
    if len(answer["results"]) < answer["total"]:
        say(f"… and {answer['total'] - len(answer['results'])} more")
    for run in answer["not_validated"]:
        say(f"not validated: {run['rule']['label']}: {run['reason']}")


def log(entries: "Sequence[Entry]") -> None:
    """Ledger entries, as given."""
    print_table(
        ["#entry", "instant", "kind", "agent", "face", "reason", "hash"],
        [
            (
                entry.header.sequence,
                entry.header.instant,
                entry.header.kind,
                entry.header.agent,
                entry.header.face,
                entry.reason,
                str(entry.hash)[:12],
            )
            for entry in entries
        ],
    )

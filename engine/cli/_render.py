"""How each answer looks on a terminal; takes the documented JSON or the result value."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.cli._output import print_table, say

if TYPE_CHECKING:
    from engine.cascade import Cascade
    from engine.cascade.propagate import Effect
    from engine.ledger.entry import Entry
    from engine.rdf import Term
    from engine.shacl import Report
    from engine.snapshot import Reader
    from engine.sparql.results import QueryResult
    from engine.trace import Trace, TraceHop

Answer = Mapping[str, Any]

# State by word and sign, never by colour alone.
MARKS = {
    "satisfied": "● satisfied",
    "partial": "◐ partial",
    "unsatisfied": "○ unsatisfied",
    "not-evaluable": "? not evaluable",
    "not-applicable": "– excluded, with justification",
}
_OUTCOMES = {
    "held": "● held",
    "failed": "○ failed",
    "unknown": "? unknown",
    "not exercised": "– not exercised",
    "not_exercised": "– not exercised",
}


def _local(iri: str) -> str:
    return iri.rpartition("#")[2] or iri


def term_text(reader: "Reader", term: "Term | None") -> str:
    """Label of a node, text of a literal, a dash for nothing."""
    return "–" if term is None else reader.label(term)


def report(reader: "Reader", answer: "Report") -> None:
    """Rule results, then how much the rules judged."""
    for finding in answer.findings:
        severity = _local(finding.severity.value).upper()
        say(f"{severity:9} {reader.worded(finding.message)}")
        where = f"          {term_text(reader, finding.focus)}"
        where += f"  path {finding.path}" if finding.path else ""
        where += f"  value {term_text(reader, finding.value)}" if finding.value else ""
        say(where)
    judged = sum(len(run.population) for run in answer.runs)
    empty = [run for run in answer.runs if not run.population]
    skipped = [run for run in answer.runs if run.state != "validated"]
    say()
    say(
        f"{len(answer.findings)} results of {len(answer.runs)} rules over {judged} focus nodes; "
        f"{len(empty)} rules had nothing to judge, {len(skipped)} could not be run."
    )
    for run in skipped:
        say(f"not validated: {term_text(reader, run.rule)}: {run.reason}")


def assessment(answer: Answer, *, detailed: bool) -> None:
    """Header, the items with status, and for single items everything they rest on."""
    _header(answer)
    items = answer["requirements"]
    rows = [
        (
            item["id"],
            item["title"],
            MARKS[item["status"]],
            item["rung"] or "–",
            "–" if item["ratio"] is None else f"{item['ratio']:.2f}",
            item["reason"],
        )
        for item in items
    ]
    print_table(["item", "title", "computed status", "rung", "#ratio", "reason"], rows)
    say()
    counts = answer["items"]
    say("   ".join(f"{mark}: {counts.get(status, 0)}" for status, mark in MARKS.items()))
    if detailed:
        for item in items:
            _item(item)
    say()
    say(answer["closing"])


def _header(answer: Answer) -> None:
    system, scope = answer["management_system"], answer["scope"]
    version = scope["version"] or "none approved"
    say(f"Management system  {system['label'] if system else 'none recorded'}")
    say(
        f"Scope              version {version}; AI systems: {len(scope['systems_in'])} in, "
        f"{len(scope['systems_out'])} outside"
    )
    say(f"Edition            {answer['edition']}")
    say(f"SoA version        {answer['soa']['version'] or 'none recorded'}")
    say(f"Judged             at {answer['at']} for {answer['period']}")
    say(f"Recorded           up to entry {answer['sequence']} ({answer['head'][:16]})")
    say(f"View, rule pack    {answer['view']}, {answer['pack'][:16]}")
    say(f"Reconciled         {answer['reconciled'] or 'no completeness statement'}")
    if answer["note"]:
        say(f"Note               {answer['note']}")
    for raised in answer["nonconformities"]:
        about = raised["item"]["label"] if raised["item"] else "no item"
        say(f"Open nonconformity {raised['grade']}: {raised['label']} (against {about})")
    say()


def _item(item: Answer) -> None:
    say()
    say(f"{item['id']} {item['title']}: {MARKS[item['status']]}")
    for obligation in item["obligations"]:
        told = [f"{_OUTCOMES[name]} {n}" for name, n in obligation["counts"].items() if n]
        kind = f"{obligation['basis']}, {obligation['rung']}, by {obligation['kind']}"
        say(f"  {obligation['title']} [{kind}]: {', '.join(told) or 'no subject in scope'}")
        for one in obligation["outcomes"]:
            if one["outcome"] in ("failed", "unknown"):
                say(f"    {_OUTCOMES[one['outcome']]}: {one['subject']['label']}: {one['reason']}")
    for fact in item["supporting"][:12]:
        say(f"  supporting fact: {_local(fact['s'])} {_local(fact['p'])} {_local(fact['o'])}")
    more = item["supporting_count"] - min(12, len(item["supporting"]))
    if more > 0:
        say(f"  … and {more} more supporting facts")
    for one in item["missing"][:12]:
        about = f" (about {one['focus']['label']})" if one["focus"] else ""
        say(f"  missing: {one['facts']}{about}")
    for judgement in item["judgement"]:
        auditor = judgement["auditor"]["label"] if judgement["auditor"] else "nobody named"
        aside = "" if judgement["counts"] else f" (does not count: {_why_not(judgement)})"
        say(f"  auditor's conclusion: {judgement['conclusion']} by {auditor}{aside}")


def _why_not(judgement: Answer) -> str:
    if judgement["superseded"]:
        return "superseded"
    return str(judgement["objection"] or judgement["suspect"] or "")


def gaps(answer: Answer, limit: int) -> None:
    """The most pressing gaps."""
    found = answer["gaps"]
    print_table(
        [
            "#rank",
            "#priority",
            "item",
            "obligation",
            "on",
            "outcome",
            "owner",
            "what would turn it",
        ],
        [
            (
                gap["rank"],
                gap["priority"],
                gap["item"],
                gap["obligation_title"],
                _subjects(gap) + ("" if gap["in_scope"] else " (outside scope)"),
                _OUTCOMES[gap["outcome"]],
                ", ".join(owner["label"] for owner in gap["owners"][:2]) or "nobody recorded",
                "; ".join(one["facts"] for one in gap["missing"][:2]) or gap["reason"],
            )
            for gap in found[:limit]
        ],
    )
    if len(found) > limit:
        say(f"… and {len(found) - limit} more; use --limit or --format json.")
    say()
    say(answer["closing"])


def _subjects(gap: Answer) -> str:
    count = gap["subjects_count"]
    return str(gap["subjects"][0]["label"]) if count == 1 else f"{count} subjects"


def soa(answer: Answer) -> None:
    """Declared beside computed."""
    say(f"Statement of Applicability: version {answer['version'] or 'none recorded'}")
    for text in answer["problems"]:
        say(f"○ {text}")
    print_table(
        ["control", "title", "declared", "computed status", "remarks"],
        [
            (
                entry["control"],
                entry["title"],
                entry["declared"] + (f" for {entry['system']['label']}" if entry["system"] else ""),
                MARKS.get(entry["computed"], "–"),
                "; ".join(entry["problems"]),
            )
            for entry in answer["entries"]
        ],
    )


def coverage(answer: Answer) -> None:
    """Capabilities and items."""
    print_table(
        ["capability", "complete", "#rules", "#detectors", "#queries", "#tests"],
        [
            (
                c["id"],
                "yes" if c["complete"] else "open",
                *(len(c[key]) for key in ("rules", "detectors", "queries", "tests")),
            )
            for c in answer["capabilities"]
        ],
    )
    say()
    print_table(
        ["item", "#obligations", "#rules"],
        [(r["id"], len(r["obligations"]), len(r["rules"])) for r in answer["requirements"]],
    )


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
        say(f"{len(answer.reached)} nodes reached over live hops; {len(answer.breaks)} breaks.")


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
    say(f"If {term_text(reader, answer.start)} fails:")
    strongest: dict[object, list[Effect]] = {}
    for effect in answer.effects:
        strongest.setdefault(effect.node, []).append(effect)
    rows = []
    for effects in strongest.values():
        first = effects[0]
        kinds = [_local(e.kind.value).removeprefix("effect-") for e in effects]
        rows.append(
            (
                reader.label(first.node),
                f"{first.strength:.2f}",
                f"{max(e.probability for e in effects):.2f}",
                f"{first.latency_hours:g}",
                ", ".join(kinds),
                " → ".join(reader.label(hop.target) for hop in first.path if hop.edge),
            )
        )
    print_table(["reaches", "#strength", "#noisy-or", "#hours", "effects", "along"], rows)
    for edge in answer.stopped:
        by = reader.label(edge.barrier.fail_safe) if edge.barrier else "weight 0"
        say(f"stopped before {reader.label(edge.target)} by {by}")
    for loop in answer.loops:
        say(f"feedback loop: {', '.join(reader.label(node) for node in loop)}")
    for point in answer.single_points[:5]:
        say(f"single point: {reader.label(point.node)} lies before {len(point.shields)} others")


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

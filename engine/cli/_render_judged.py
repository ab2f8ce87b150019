"""How rule results, statuses, gaps and the Statement of Applicability look on a terminal."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.cli._output import print_table, say

if TYPE_CHECKING:
    from engine.shacl import Report
    from engine.snapshot import Reader

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


_ITEMS = re.compile(r"(?:A\.)?\d[\d.]*(?:, (?:A\.)?\d[\d.]*)*: ")


def _brief(reason: str) -> str:
    """``reason`` without the items that it begins with, which stand beside it."""
    return _ITEMS.sub("", reason, count=1) if _ITEMS.match(reason) else reason


def _local(iri: str) -> str:
    return iri.rpartition("#")[2] or iri


def changes(answer: Answer) -> None:
    """Rule results that began or ended between two entries, each with what brought that about."""
    came = went = 0
    for item in answer["items"]:
        marks = []
        for sign, point in (("+", item["since"]), ("-", item["until"])):
            if point is not None:
                cause = "entry" if point["cause"] == "entry" else "time before entry"
                marks.append(f"{sign} {cause} {point['sequence']}, {point['at']}")
        came += item["until"] is None
        went += item["since"] is None
        severity = _local(item["severity"].replace(":", "#")).upper()
        say(f"{severity:9} {item['text']}")
        say(f"          {'; '.join(marks)}")
    passing = len(answer["items"]) - came - went
    say()
    say(
        f"From entry {answer['from']} to {answer['to']}: {came} new results, {went} gone, "
        f"{passing} that came and went."
    )
    if answer["unjudged"]:
        say(f"Rules that could not be run on the way: {', '.join(answer['unjudged'])}.")


def report(reader: "Reader", answer: "Report") -> None:
    """Rule results, then how much the rules judged."""
    for finding in answer.findings:
        severity = _local(finding.severity.value).upper()
        say(f"{severity:9} {reader.worded(finding.message)}")
        where = f"          {reader.label(finding.focus)}"
        where += f"  path {finding.path}" if finding.path else ""
        if finding.value is not None and finding.value != finding.focus:
            where += f"  value {reader.label(finding.value)}"
        say(f"{where}  by {reader.label(finding.rule)}")
    judged = sum(len(run.population) for run in answer.runs)
    empty = [run for run in answer.runs if not run.population]
    skipped = [run for run in answer.runs if run.state != "validated"]
    say()
    say(
        f"{len(answer.findings)} results of {len(answer.runs)} rules over {judged} focus nodes; "
        f"{len(empty)} rules had nothing to judge, {len(skipped)} could not be run."
    )
    for run in skipped:
        say(f"not validated: {reader.label(run.rule)}: {run.reason}")


def assessment(answer: Answer, reader: "Reader | None" = None) -> None:
    """Header and the items with status; with a ``reader`` also everything they rest on."""
    _header(answer)
    items = answer["requirements"]
    rows = [
        (
            item["id"],
            item["title"],
            MARKS[item["status"]],
            item["rung"] or "–",
            "–" if item["ratio"] is None else f"{item['ratio']:.2f}",
            "" if item["status"] == "satisfied" else _brief(item["reason"]),
        )
        for item in items
    ]
    print_table(["item", "title", "computed status", "rung", "#ratio", "reason"], rows)
    say()
    counts = answer["items"]
    say("   ".join(f"{mark}: {counts.get(status, 0)}" for status, mark in MARKS.items()))
    if reader is not None:
        for item in items:
            _item(item, reader)
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


def _item(item: Answer, reader: "Reader") -> None:
    say()
    say(f"{item['id']} {item['title']}: {MARKS[item['status']]}")
    for obligation in item["obligations"]:
        told = [f"{_OUTCOMES[name]} {n}" for name, n in obligation["counts"].items() if n]
        kind = f"{obligation['basis']}, {obligation['rung']}, by {obligation['kind']}"
        say(f"  {obligation['title']} ({kind}): {', '.join(told) or 'no subject in scope'}")
        for one in obligation["outcomes"]:
            if one["outcome"] in ("failed", "unknown"):
                reason = _brief(one["reason"])
                say(f"    {_OUTCOMES[one['outcome']]}, {one['subject']['label']}: {reason}")
    _facts(item, reader)
    for one in item["missing"][:12]:
        about = f" (about {one['focus']['label']})" if one["focus"] else ""
        say(f"  missing: {one['facts']}{about}")
    for judgement in item["judgement"]:
        auditor = judgement["auditor"]["label"] if judgement["auditor"] else "nobody named"
        aside = "" if judgement["counts"] else f" (does not count: {_why_not(judgement)})"
        say(f"  auditor's conclusion: {judgement['conclusion']} by {auditor}{aside}")


def _facts(item: Answer, reader: "Reader") -> None:
    """A few of the supporting facts, in words, and how many there are."""
    from engine.answers import told

    shown = item["supporting"][:12]
    if shown:
        say(f"  supporting facts ({len(shown)} of {item['supporting_count']}):")
    for fact in shown:
        subject, value = (told(reader, fact[part]) for part in ("s", "o"))
        words = [one.get("label") or one.get("value", "") for one in (subject, value)]
        say(f"    {words[0]} – {_local(fact['p'])} – {words[1]}")


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
            "why, and what to do",
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
                _brief(gap["reason"]),
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
    from engine.conformance.values import summed

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
                _brief(summed(entry["problems"])),
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
    say()
    whole, each, referred = (answer[k] for k in ("judged_whole", "asked_each", "referred_on"))
    say(f"Judged whole after any change: {', '.join(whole) or 'none'}.")
    say(f"Asked for each focus node: {', '.join(each) or 'none'}.")
    say(f"Left to pySHACL: {', '.join(referred) or 'none'}.")

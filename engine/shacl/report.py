"""Renderings of a report: W3C triples and Turtle, JSON, text, SARIF 2.1.0 and JUnit XML.

Words: "rule result" on faces, "checked nothing" for an empty population, "not validated" for a
rule that could not be run; a report that is only empty never says that anything conforms.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import count
from xml.etree import ElementTree

from engine.errors import InputError
from engine.rdf import BlankNode, Literal, NamedNode, RdfFormat, Term, Triple, serialize
from engine.shacl.paths import parse_path_text, path_triples
from engine.shacl.results import Finding, Report, RuleRun, shown
from engine.vocab import PREFIXES, RDF_TYPE, SH, XSD

_LEVELS = {SH.Violation: "error", SH.Warning: "warning", SH.Info: "note"}
_ORDER = {SH.Violation: 0, SH.Warning: 1, SH.Info: 2}


def report_triples(report: Report) -> tuple[Triple, ...]:
    """The W3C validation report (SHACL 1.0, section 3) as RDF; result nodes are blank."""
    fresh = (BlankNode(f"report{number}") for number in count())
    head = next(fresh)
    conforms = Literal("true" if report.conforms else "false", datatype=XSD.boolean)
    triples = [Triple(head, RDF_TYPE, SH.ValidationReport), Triple(head, SH.conforms, conforms)]
    for finding in report.findings:
        node = next(fresh)
        triples.append(Triple(head, SH.result, node))
        triples += _result_triples(node, finding, fresh)
    return tuple(triples)


def _result_triples(
    node: BlankNode, finding: Finding, fresh: Iterator[BlankNode]
) -> Iterator[Triple]:
    yield Triple(node, RDF_TYPE, SH.ValidationResult)
    yield Triple(node, SH.focusNode, finding.focus)
    if finding.path is not None:
        path, described = path_triples(parse_path_text(finding.path), fresh)
        yield Triple(node, SH.resultPath, path)
        yield from described
    if finding.value is not None:
        yield Triple(node, SH.value, finding.value)
    yield Triple(node, SH.sourceShape, finding.shape)
    if finding.constraint is not None:
        yield Triple(node, SH.sourceConstraint, finding.constraint)
    yield Triple(node, SH.sourceConstraintComponent, finding.component)
    yield Triple(node, SH.resultSeverity, finding.severity)
    for message in finding.messages:
        yield Triple(node, SH.resultMessage, message)


def render(report: Report, form: str) -> str:
    """``report`` as ``turtle``, ``json``, ``text``, ``sarif`` or ``junit``. Raises InputError."""
    if form not in _FORMS:
        raise InputError(
            f'"{form}" is no format of a report', remedy=f"Use {', '.join(sorted(_FORMS))}."
        )
    return _FORMS[form](report)


def as_turtle(report: Report) -> str:
    """The W3C report in Turtle."""
    data = serialize(report_triples(report), format=RdfFormat.TURTLE, prefixes=PREFIXES)
    return data.decode() if data else ""


def as_json(report: Report) -> dict[str, object]:
    """The report as JSON-ready values: ``conforms``, ``rules`` with populations, ``results``."""
    return {
        "conforms": report.conforms,
        "rules": [
            {
                "rule": shown(run.rule),
                "state": run.state,
                "reason": run.reason,
                "population": len(run.population),
                "results": len(run.findings),
            }
            for run in report.runs
        ],
        "results": [_plain(finding) for finding in report.findings],
    }


def _plain(finding: Finding) -> dict[str, object]:
    def term(value: Term | None) -> str | None:
        return None if value is None else value_text(value)

    return {
        "rule": term(finding.rule),
        "focus": term(finding.focus),
        "path": finding.path,
        "value": term(finding.value),
        "shape": term(finding.shape),
        "constraint": term(finding.constraint),
        "component": term(finding.component),
        "severity": term(finding.severity),
        "message": finding.message,
    }


def value_text(term: Term) -> str:
    """A CURIE or IRI for a named node, else the term in N-Triples."""
    return shown(term) if isinstance(term, NamedNode) else str(term)


def as_text(report: Report) -> str:
    """One line a rule result, gravest first, then what was not validated or checked nothing."""
    lines = [
        f"{shown(f.severity).removeprefix('sh:')}: {f.message} [{shown(f.rule)}]"
        for f in sorted(report.findings, key=lambda f: (_ORDER.get(f.severity, 3), str(f.rule)))
    ]
    for run in report.runs:
        if run.state == "not validated":
            lines.append(f"Not validated: {shown(run.rule)}: {run.reason}")
        elif run.checked_nothing:
            lines.append(f"Checked nothing: {shown(run.rule)} has no focus node")
    return "\n".join([*lines, _summary(report)]) + "\n"


def _summary(report: Report) -> str:
    by_severity = Counter(shown(f.severity).removeprefix("sh:") for f in report.findings)
    told = ", ".join(f"{number} {name}" for name, number in sorted(by_severity.items()))
    checked = sum(len(run.population) for run in report.runs)
    failed, empty = len(report.not_validated), sum(run.checked_nothing for run in report.runs)
    return (
        f"{len(report.findings)} rule results{f' ({told})' if told else ''} from "
        f"{len(report.runs)} rules on {checked} focus nodes; {failed} rules not validated, "
        f"{empty} checked nothing."
    )


def as_sarif(report: Report) -> str:
    """The report in SARIF 2.1.0 (OASIS): a rule that was not validated is a tool notification."""
    failures = [
        {"level": "error", "message": {"text": f"{shown(run.rule)}: {run.reason}"}}
        for run in report.not_validated
    ]
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "aimsgraph",
                        "version": version("aimsgraph"),
                        "rules": [{"id": shown(run.rule)} for run in report.runs],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": not failures,
                        "toolExecutionNotifications": failures,
                    }
                ],
                "results": [_sarif_result(finding) for finding in report.findings],
            }
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _sarif_result(finding: Finding) -> dict[str, object]:
    name = value_text(finding.focus)
    return {
        "ruleId": shown(finding.rule),
        "level": _LEVELS.get(finding.severity, "warning"),
        "message": {"text": finding.message},
        "locations": [{"logicalLocations": [{"fullyQualifiedName": name}]}],
        "properties": {k: v for k, v in _plain(finding).items() if v is not None},
    }


def as_junit(report: Report) -> str:
    """The report as JUnit XML: a test case a rule; no focus node is *skipped*."""
    suite = ElementTree.Element(
        "testsuite",
        name="aims validate",
        tests=str(len(report.runs)),
        failures=str(sum(bool(run.findings) for run in report.runs)),
        errors=str(len(report.not_validated)),
        skipped=str(sum(_skip_reason(run) is not None for run in report.runs)),
    )
    for run in report.runs:
        case = ElementTree.SubElement(suite, "testcase", name=shown(run.rule), classname="rules")
        skipped = _skip_reason(run)
        if skipped is not None:
            ElementTree.SubElement(case, "skipped", message=skipped)
        elif run.state == "not validated":
            ElementTree.SubElement(case, "error", message=_legal(run.reason))
        for finding in run.findings:
            severity = shown(finding.severity)
            failure = ElementTree.SubElement(
                case, "failure", message=_legal(finding.message), type=severity
            )
            failure.text = _legal(f"{value_text(finding.focus)} {finding.path or ''}".strip())
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _skip_reason(run: RuleRun) -> str | None:
    if run.deactivated:
        return run.reason
    return "checked nothing: no focus node" if run.checked_nothing else None


_FORMS: dict[str, Callable[[Report], str]] = {
    "turtle": as_turtle,
    "json": lambda report: json.dumps(as_json(report), indent=2, ensure_ascii=False) + "\n",
    "text": as_text,
    "sarif": as_sarif,
    "junit": as_junit,
}


def _legal(text: str) -> str:
    # XML 1.0 has no way to write most control characters, nor lone surrogates.
    return "".join(
        c if c in "\t\n\r" or _character(ord(c)) else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def _character(code: int) -> bool:
    if code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF:
        return True
    return 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF

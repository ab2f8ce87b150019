"""A small trace: requirements, the policies and controls that meet them, tests and evidence."""

from engine.snapshot import LastChange
from engine.trace import Trace, trace
from tests.facts import ex, read, small_pack


def rule(over: str, upper: str, lower: str, more: str = "; aims:expected true") -> str:
    """Upwards in the graph, down in the trace, as most links are."""
    return f"""
    ex:{over}-{lower} a aims:TraceRule ; aims:overProperty aims:{over} ;
        aims:fromClass aims:{upper} ; aims:toClass aims:{lower} ;
        aims:direction aimsc:direction-object-to-subject {more} .
    """


CLASSES = """
aims:Policy rdfs:subClassOf aims:DocumentedInformation .
aims:Evidence rdfs:subClassOf aims:DocumentedInformation .
aims:StatementOfApplicability rdfs:subClassOf aims:DocumentedInformation .
"""
RULES = (
    rule(
        "implements",
        "Requirement",
        "Policy",
        "; aims:expected true ; aims:watchedPredicate aims:version",
    )
    + rule("implements", "Requirement", "ImplementedControl")
    + rule("tests", "ImplementedControl", "ControlTest")
    + rule("supports", "Policy", "Evidence")
    + rule("supports", "ControlTest", "Evidence")
    + rule("soaControl", "Requirement", "SoaEntry", "")
    + rule("hasSoaEntry", "SoaEntry", "StatementOfApplicability")
    + rule("accepts", "Risk", "RiskAcceptance", "")
)
PACK = small_pack(CLASSES + RULES, "tool/link-reviews")
POLICIES = small_pack(CLASSES + rule("implements", "Requirement", "Policy"), "tool/link-reviews")
POLICY = "a aims:Policy ; aims:implements ex:need"
ONE = f"ex:need a aims:Requirement . ex:policy {POLICY} "


def instant(name: str, text: str) -> str:
    return f'aims:{name} "{text}T00:00:00Z"^^xsd:dateTime'


def policies(facts: str, at: str = "", last_change: LastChange | None = None) -> Trace:
    return trace(read(POLICIES, facts, at=at, last_change=last_change), ex("need"))


def told(answer: Trace) -> dict[str, tuple[str, str]]:
    """State and reason by the name of the target."""
    return {
        str(hop.target).rpartition("/")[2].strip(">"): (hop.state.value, hop.reason)
        for hop in answer.hops
    }

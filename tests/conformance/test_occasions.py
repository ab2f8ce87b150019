"""Every condition of a rule: a member that meets it, one that fails it, one nobody can tell."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from engine.conformance.completeness import completeness_for
from engine.conformance.facts import Facts
from engine.conformance.obligations import Knowledge, knowledge_of
from engine.conformance.occasions import Given, Occasions
from engine.conformance.rules import Rule
from engine.derive import derived
from engine.knowledge import shipped_pack
from engine.rdf import NamedNode, Quad, RdfFormat, parse
from engine.snapshot import reader_over
from engine.vocab import SHAPES
from tests.conformance.worlds import GRAPH, HEAD, ex
from tests.example import VIEW

YES, NO, UNKNOWN = Given.YES, Given.NO, Given.UNKNOWN
DAY = '"2026-01-01T00:00:00Z"^^xsd:dateTime'
COMPLETE = """
ex:aims a aims:AIManagementSystem .
ex:complete a aims:CompletenessStatement ; aims:inScopeOf ex:aims ; aims:statedBy ex:chief ;
    aims:reconciledTo "register" ; aims:difference 0 ;
    aims:coversClass aims:ManagedEntity , aims:GovernedActivity , aims:AffectedGroup ;
    aims:asOfDate "2026-06-26T00:00:00Z"^^xsd:dateTime .
"""


@dataclass(frozen=True)
class Told:
    """Facts about ``ex:it`` under which a condition holds and does not; "" where there are none.

    ``silent``: what follows where nothing is recorded; ``closed``: and all registers are complete.
    """

    holds: str
    fails: str
    silent: Given = UNKNOWN
    closed: Given = UNKNOWN


SYSTEM = "ex:it a aims:AISystem ."
LIVE = f"""ex:d a aims:Deployment ; aims:deploysVersion ex:it ; aims:inEnvironment ex:e ;
    aims:wentLiveAt {DAY} ."""
CONDITIONS: Mapping[str, Told] = {
    "WhenInUse": Told(
        f"{SYSTEM} ex:it aims:lifecycleStage aimsc:stage-production .",
        f"{SYSTEM} ex:it aims:lifecycleStage aimsc:stage-development .",
    ),
    "WhenTriedOrUsed": Told(
        f"{SYSTEM} ex:it aims:lifecycleStage aimsc:stage-validation .",
        f"{SYSTEM} ex:it aims:lifecycleStage aimsc:stage-design .",
    ),
    "WhenNotEnded": Told(
        f"{SYSTEM} ex:it aims:lifecycleStage aimsc:stage-design .",
        f"{SYSTEM} ex:it aims:retiredAt {DAY} .",
        silent=YES,
        closed=YES,
    ),
    "WhenInProduction": Told(
        f"{LIVE} ex:e aims:isProduction true .",
        f"{LIVE} ex:e aims:isProduction false .",
        closed=NO,
    ),
    "WhenGrave": Told(
        "ex:it aims:riskTier aimsc:tier-high .", "ex:it aims:riskTier aimsc:tier-minimal ."
    ),
    "WhenBehindGrave": Told(
        """ex:a aims:usesModel ex:it ; aims:riskTier aimsc:tier-minimal .
        ex:b aims:usesModel ex:it ; aims:riskTier aimsc:tier-critical .""",
        "ex:a aims:usesModel ex:it ; aims:riskTier aimsc:tier-limited .",
    ),
    "WhenWeighing": Told(
        "ex:it aims:impactOnIndividuals aimsc:impact-severe .",
        "ex:it aims:impactOnIndividuals aimsc:impact-limited .",
    ),
    "WhenDecidingHeavily": Told(
        "ex:it aims:makesDecision ex:d . ex:d aims:decisionImpactHigh true .",
        "ex:it aims:makesDecision ex:d . ex:d aims:decisionImpactHigh false .",
        closed=NO,
    ),
    "WhenAffecting": Told("ex:it aims:affects ex:group .", "", closed=NO),
    "WhenPublic": Told("ex:it aims:exposedToPublic true .", "ex:it aims:exposedToPublic false ."),
    "WhenLinked": Told("ex:other aims:consumesFrom ex:it .", "", closed=NO),
    "WhenRunning": Told("ex:d aims:deploymentOf ex:it ; aims:runsOn ex:host .", "", closed=NO),
    "WhenOnComputing": Told("ex:it aims:runsOn ex:host .", "", closed=NO),
    "WhenUsingMeans": Told("ex:it aims:usesResource ex:tool .", "", closed=NO),
    "WhenOfParts": Told("ex:it aims:consumesFrom ex:part .", "", closed=NO),
    "WhenFeedingData": Told("ex:it aims:outputFeedsDataset ex:data .", "", closed=NO),
    "WhenTraced": Told("ex:it aims:hasSource ex:source .", ""),
    "WhenTrainedInRun": Told("ex:it aims:producedInRun ex:run .", "", closed=NO),
    "WhenDutiesDivided": Told("ex:row aims:raciSubject ex:it .", "", closed=NO),
    "WhenDated": Told(f"ex:it aims:approvedAt {DAY} .", ""),
    "WhenDue": Told(f"ex:it aims:dueAt {DAY} .", ""),
}
# Of the statements of a management system; tested with the rules that decide the controls.
ELSEWHERE = {"WhenIncluded"}


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return knowledge_of(shipped_pack())


@pytest.fixture(scope="module")
def rules(knowledge: Knowledge) -> Mapping[str, Rule]:
    """For each condition a rule that has no other."""
    return {
        str(condition.node).rpartition("#")[2].rstrip(">"): replace(rule, occasion=(condition,))
        for rule in knowledge.rules
        for condition in rule.occasion
    }


def given(knowledge: Knowledge, rule: Rule, facts: str) -> Given:
    quads = [
        Quad(q.subject, q.predicate, q.object, GRAPH)
        for q in parse((HEAD + facts).encode(), format=RdfFormat.TURTLE)
    ]
    read = Facts(derived(reader_over(quads, shipped_pack(), VIEW)))
    system = ex("aims") if facts.startswith(COMPLETE) else None
    occasion = Occasions(read, completeness_for(read, knowledge, system)).of(rule, ex("it"))
    assert (occasion.given is YES) is (occasion.reason == "")
    assert (occasion.given is UNKNOWN) is (occasion.missing is not None)
    return occasion.given


def test_every_condition_has_a_case_and_every_case_a_rule(rules: Mapping[str, Rule]) -> None:
    assert set(CONDITIONS) | ELSEWHERE == set(rules)
    shipped = {
        SHAPES.local(triple.subject)
        for triple in shipped_pack().shapes_triples
        if isinstance(triple.subject, NamedNode) and triple.subject in SHAPES
        if SHAPES.local(triple.subject).startswith("When")
    }
    assert shipped == set(rules)


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_tells_yes_no_and_unknown_apart(
    knowledge: Knowledge, rules: Mapping[str, Rule], name: str
) -> None:
    told, rule = CONDITIONS[name], rules[name]
    assert given(knowledge, rule, told.holds) is YES
    assert given(knowledge, rule, SYSTEM) is told.silent
    assert given(knowledge, rule, COMPLETE + SYSTEM) is told.closed
    if told.fails:
        assert given(knowledge, rule, told.fails) is NO


def test_a_condition_that_fails_outweighs_one_that_nobody_can_tell(
    knowledge: Knowledge, rules: Mapping[str, Rule]
) -> None:
    both = rules["WhenInUse"].occasion + rules["WhenGrave"].occasion
    rule = replace(rules["WhenInUse"], occasion=both)
    assert given(knowledge, rule, "ex:it aims:riskTier aimsc:tier-minimal .") is NO
    assert given(knowledge, rule, "ex:it aims:riskTier aimsc:tier-high .") is UNKNOWN

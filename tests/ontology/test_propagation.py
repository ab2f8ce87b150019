"""What flows over which property, as the semantic model lays it down, against the shipped rules."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from engine.rdf import Literal, NamedNode, Triple
from engine.vocab import AIMS, RDF_TYPE, SCHEME

# The senses of a property: from its subject to its object, the other way, or both.
ALONG, AGAINST, BOTH = "subject-to-object", "object-to-subject", "both"


@dataclass(frozen=True)
class Row:
    """A line of the table: over ``over`` in ``direction`` flow ``kinds``, ``weight`` of each.

    ``more``: kinds that the project lets flow besides, for the reason ``why``.
    """

    over: str
    direction: str
    weight: str
    kinds: str
    more: str = ""
    why: str = ""

    def __str__(self) -> str:
        return self.over


# The table of the semantic model, line by line.
TABLE = [
    Row(
        "derivedFromVersion",
        AGAINST,
        "0.9",
        "quality staleness privacy",
        more="bias",
        why="who is missing from a source is missing from what is made of it; without this, bias "
        "that an output feeds back would stop at the first data set",
    ),
    Row("producedBy", AGAINST, "0.9", "quality assurance"),
    Row("trainedOn", AGAINST, "0.9", "quality bias privacy"),
    Row("validatedOn", AGAINST, "0.8", "assurance"),
    Row("testedOn", AGAINST, "0.8", "assurance"),
    Row("usesModel", AGAINST, "1.0", "failure quality bias"),
    Row("consumesFrom", AGAINST, "0.9", "failure quality"),
    Row("deploysVersion", AGAINST, "1.0", "failure quality"),
    # The table names the inverse, supportedBy: from the evidence to the control either way.
    Row("supports", ALONG, "1.0", "assurance"),
    Row("treatedBy", AGAINST, "0.9", "exposure"),
    # The inverse of materializedAs: from the incident to the risk.
    Row("materializes", ALONG, "1.0", "likelihood"),
    Row("runsOn", AGAINST, "1.0", "failure capacity"),
    Row("sharesCapacityWith", BOTH, "0.5", "capacity"),
    Row("nextInChain", ALONG, "0.8", "failure harm"),
    Row("outputFeedsDataset", ALONG, "0.7", "feedback bias"),
    Row("suppliedBy", AGAINST, "0.8", "failure compliance assurance"),
    Row("affects", ALONG, "0.7", "harm"),
    Row("realizesUseCase", ALONG, "0.6", "objective-loss"),
    Row("contributesTo", ALONG, "0.6", "objective-loss"),
    # The inverse of implementedBy: from the implemented control to the requirement.
    Row("implementsRequirement", ALONG, "1.0", "compliance"),
    Row("ownedBy", AGAINST, "0.6", "accountability"),
    Row("decisionRightHeldBy", AGAINST, "0.6", "accountability"),
    Row("requiresCompetence", AGAINST, "0.5", "assurance"),
]

# What the project adds, so that the ends that the table names are joined by the links recorded.
ADDED = [
    Row(
        "deploymentOf",
        ALONG,
        "1.0",
        "failure quality",
        why="a version reaches a deployment, and only over this its system",
    ),
    Row(
        "makesDecision",
        ALONG,
        "1.0",
        "failure harm",
        why="chains of decisions begin at the system that makes the first of them",
    ),
    Row(
        "deliversSystem",
        AGAINST,
        "0.6",
        "objective-loss",
        why="the initiative that contributes to a goal is not the system: this joins the two",
    ),
    Row(
        "tests",
        ALONG,
        "1.0",
        "assurance",
        why="evidence may support the test of a control in place of the control",
    ),
    Row(
        "rightOver",
        ALONG,
        "0.6",
        "accountability",
        why="a vacancy reaches the right to decide, and only over this what is decided on",
    ),
    Row(
        "holdsRole",
        AGAINST,
        "0.5",
        "assurance",
        why="a lapse reaches the role, and only over this whoever holds it",
    ),
]


def _local(term: object) -> str:
    assert isinstance(term, NamedNode)
    return term.value.rpartition("#")[2]


@pytest.fixture(scope="module")
def rules(ontology: tuple[Triple, ...]) -> dict[str, dict[str, set[object]]]:
    """What each rule says, by the property that it runs over."""
    known = {
        t.subject for t in ontology if (t.predicate, t.object) == (RDF_TYPE, AIMS.PropagationRule)
    }
    said: dict[object, dict[str, set[object]]] = {node: {} for node in known}
    for t in ontology:
        if t.subject in said and isinstance(t.predicate, NamedNode):
            said[t.subject].setdefault(_local(t.predicate), set()).add(t.object)
    found = {_local(over): parts for parts in said.values() for over in parts["overProperty"]}
    assert len(found) == len(said)
    return found


@pytest.mark.parametrize("row", [*TABLE, *ADDED], ids=str)
def test_each_rule_is_a_line_of_the_table(
    rules: dict[str, dict[str, set[object]]], row: Row
) -> None:
    rule = rules[row.over]
    kinds = {*row.kinds.split(), *row.more.split()}
    assert rule["effectKind"] == {SCHEME[f"effect-{kind}"] for kind in kinds}
    assert rule["direction"] == {SCHEME[f"direction-{row.direction}"]}
    (weight,) = rule["attenuation"]
    assert isinstance(weight, Literal)
    assert Decimal(weight.value) == Decimal(row.weight)
    assert rule["weightBasis"] == {Literal("expert default")}


def test_there_are_no_other_rules(rules: dict[str, dict[str, set[object]]]) -> None:
    assert set(rules) == {row.over for row in [*TABLE, *ADDED]}


def test_every_departure_has_its_reason() -> None:
    assert all(row.why for row in ADDED)
    assert all(bool(row.more) == bool(row.why) for row in TABLE)

"""Coverage: capabilities and items read from files, and the two faults that fail a build."""

from pathlib import Path

from engine.conformance import Coverage, coverage
from engine.knowledge import KnowledgePack
from tests.conformance.worlds import HEAD, JUDGED, RULED, RULES

CAPABLE = RULES.replace(
    "aimsh:HasUse a sh:NodeShape ;",
    'aimsh:HasUse a sh:NodeShape ; aims:capability "M4.8a" ; aims:detects aimsc:failure-leakage ;',
)
QUERY = "#+ summary: Systems\nSELECT ?s WHERE { ?s a aims:AISystem }"


def cover(
    vocabulary: dict[str, bytes], root: Path, obligations: str = RULED, rules: str = CAPABLE
) -> Coverage:
    files = vocabulary | {
        "ontology/obligations/test.ttl": (HEAD + obligations).encode(),
        "shapes/test.ttl": (HEAD + rules).encode(),
        "queries/audit/systems.rq": QUERY.encode(),
    }
    return coverage(KnowledgePack(files), root)


def faults(found: Coverage, ref: str) -> tuple[str, ...]:
    return next(one.faults for one in found.requirements if one.item.ref == ref)


def test_a_capability_has_everything_that_serves_it(
    vocabulary: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "examples" / "shop").mkdir(parents=True)
    (tmp_path / "examples" / "shop" / "1.ttl").write_text(HEAD + "ex:s a aims:AISystem .")
    (tmp_path / "tests" / "shapes").mkdir(parents=True)
    for kind in ("pass", "fail"):
        (tmp_path / "tests" / "shapes" / f"HasUse.{kind}.ttl").write_text("")
    found = {one.id: one for one in cover(vocabulary, tmp_path).capabilities}
    assert len(found) == 80
    served = found["M4.8"]
    assert served.rules == ("HasUse",)
    assert served.detectors == ("aimsc:failure-leakage",)
    assert {"aims:AISystem", "aims:hasIntendedUse"} <= set(served.terms)
    # The derivations' own query reads systems too.
    assert served.queries == ("audit/systems", "tool/use-state")
    assert served.examples == ("examples/shop/1.ttl",)
    assert served.tests == ("tests/shapes/HasUse.pass.ttl", "tests/shapes/HasUse.fail.ttl")
    # M4.8 has three failure modes; no rule here looks for the other two.
    assert len(served.modes_missing) == 2
    assert not served.complete
    assert not found["M1.1"].complete


def test_an_item_lists_obligations_and_rules(vocabulary: dict[str, bytes], tmp_path: Path) -> None:
    found = cover(vocabulary, tmp_path)
    assert len(found.requirements) == 70
    item = next(one for one in found.requirements if one.item.ref == "6.2")
    assert item.rules == ("HasPurpose", "HasUse")
    assert item.faults == ()
    document = item.to_json()
    assert [one["id"] for one in document["obligations"]] == ["ob-6.2-purpose", "ob-6.2-use"]  # type: ignore[attr-defined]
    assert document["obligations"][1]["rules"] == [  # type: ignore[index]
        {"rule": "HasUse", "severity": ["sh:Violation"]}
    ]


def test_an_item_without_a_standard_violation_or_a_judgement_is_a_fault(
    vocabulary: dict[str, bytes], tmp_path: Path
) -> None:
    neither = "neither a rule at Violation severity with basis standard"
    weak = CAPABLE.replace("sh:minCount 1 ;", "sh:minCount 1 ; sh:severity sh:Warning ;")
    assert neither in faults(cover(vocabulary, tmp_path, rules=weak), "6.2")[0]
    commitment = RULED.replace("basis-standard", "basis-commitment")
    assert neither in faults(cover(vocabulary, tmp_path, commitment), "6.2")[0]
    assert neither in faults(cover(vocabulary, tmp_path), "4.1")[0]
    assert faults(cover(vocabulary, tmp_path, RULED + JUDGED), "4.1") == ()


def test_an_item_that_can_only_be_satisfied_is_a_fault(
    vocabulary: dict[str, bytes], tmp_path: Path
) -> None:
    toothless = """
    aimsh:HasUse a sh:NodeShape ; aims:decides aims:ob-6.2-use ; sh:targetClass aims:AISystem .
    """
    found = faults(cover(vocabulary, tmp_path, rules=toothless), "6.2")
    assert "nothing can make it anything but satisfied" in found
    assert "ob-6.2-purpose has nothing that decides it" in found


def test_practice_alone_covers_nothing(vocabulary: dict[str, bytes], tmp_path: Path) -> None:
    practice = RULED.replace("basis-standard", "basis-practice")
    assert len(faults(cover(vocabulary, tmp_path, practice), "6.2")) == 2


def test_the_documented_form(vocabulary: dict[str, bytes], tmp_path: Path) -> None:
    document = cover(vocabulary, tmp_path).to_json()
    assert set(document) == {
        "capabilities",
        "requirements",
        "judged_whole",
        "asked_each",
        "referred_on",
    }
    first = document["capabilities"][0]  # type: ignore[index]
    assert {
        "id", "complete", "terms", "rules", "detectors", "queries", "reports", "examples", "tests",
    } <= set(first)  # fmt: skip
    assert {"id", "obligations", "rules"} <= set(document["requirements"][0])  # type: ignore[index]

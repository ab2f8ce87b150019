"""The steps of the main job, one list: ``make demo`` shows them, ``make bench`` measures them."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.material import INVENTORY, INVENTORY_MAPPING, inventory

AT = ("--at", "2026-07-01", "--period", "2026-01-01/2026-07-01")
CLEAN = "demo-workspace"
FAULTY = "demo-workspace-faults"
FEDERAL = "demo-workspace-federal"
WORKSPACES = (CLEAN, FAULTY, FEDERAL)
# A cascade and a trace that show something, and a question that most registers leave open.
DATASET = "dsv-claims-2025-raw"
ITEM = "A.7.3"
QUESTION = ("--param", "topic=impact-assessment")
TO_EVIDENCE = ("--to", "aims:Evidence")


@dataclass(frozen=True, slots=True)
class Step:
    """One command: a heading, the workspace that it works on, its arguments.

    ``lines``: how many lines of its output are worth showing, 0 for all. ``needs_inventory``:
    whether it is left out without the US federal inventory. ``shown``: whether the demonstration
    has it; what is not shown is measured all the same.
    """

    title: str
    workspace: str
    arguments: tuple[str, ...]
    lines: int = 0
    needs_inventory: bool = False
    shown: bool = True

    def given(self, folder: Path) -> list[str]:
        """What stands after ``aims`` when workspaces are made in ``folder``."""
        return ["--workspace", str(folder / self.workspace), *self.arguments]

    def command(self, folder: Path) -> list[str]:
        """The command of this interpreter's environment."""
        return [str(Path(sys.executable).with_name("aims")), *self.given(folder)]


STEPS = (
    Step("The program starts and tells its commands", CLEAN, ("--help",), shown=False),
    Step("A made insurer: make a workspace with its register", CLEAN, ("init", "--example")),
    Step("Computed status of the 32 clauses and 38 reference controls", CLEAN, ("assess", *AT)),
    Step("One control and what it rests on", CLEAN, ("assess", ITEM, *AT), shown=False),
    Step(f"From {ITEM} to the evidence", CLEAN, ("trace", ITEM, *TO_EVIDENCE, *AT)),
    Step("The same insurer with planted faults", FAULTY, ("init", "--example", "--faults")),
    Step("What the rules find", FAULTY, ("validate", *AT), lines=60),
    Step("Computed status with the faults", FAULTY, ("assess", *AT)),
    Step(f"Where the chain of {ITEM} breaks", FAULTY, ("trace", ITEM, *TO_EVIDENCE, *AT)),
    Step("What to mend first", FAULTY, ("gaps", *AT, "--limit", "10")),
    Step("What a failing dataset cascades to", CLEAN, ("cascade", DATASET, *AT)),
    Step("Ledger, vault and store against each other", CLEAN, ("verify",)),
    Step(
        "Real input: a workspace for the US federal inventory",
        FEDERAL,
        ("init",),
        needs_inventory=True,
    ),
    Step(
        "Import 2,133 AI use cases through a mapping",
        FEDERAL,
        ("import", str(INVENTORY), "--mapping", INVENTORY_MAPPING),
        needs_inventory=True,
    ),
    Step(
        "What can be computed from declarations",
        FEDERAL,
        ("assess", *AT),
        lines=24,
        needs_inventory=True,
    ),
    Step(
        "Stated answers by agency: was the impact assessed?",
        FEDERAL,
        ("query", "inventory/declarations-by-agency", *QUESTION),
        lines=24,
        needs_inventory=True,
    ),
    Step(
        "The same by declared impact type",
        FEDERAL,
        ("query", "inventory/declarations-by-impact-type", *QUESTION),
        lines=24,
        needs_inventory=True,
    ),
    Step(
        "The same by declared stage",
        FEDERAL,
        ("query", "inventory/declarations-by-stage", *QUESTION),
        lines=24,
        needs_inventory=True,
    ),
    Step("Gaps of the inventory", FEDERAL, ("gaps", *AT), needs_inventory=True, shown=False),
    Step("Build the store again", FEDERAL, ("rebuild",), needs_inventory=True, shown=False),
)


def possible() -> Iterator[Step]:
    """The steps that can be taken with the files that are here, in order."""
    here = inventory() is not None
    yield from (step for step in STEPS if here or not step.needs_inventory)


def failed(code: int) -> bool:
    """Whether an exit code is neither 0 (fine) nor 1 (something was found)."""
    return code not in (0, 1)

"""``python -m benchmarks.changes``: what one change costs a resident, beside validating all again.

On organisations of growing size (arguments: statements, 100,000 and 1,000,000 by default) the
resident of our whole rule pack carries out single changes: a statement drawn at random goes, and
comes back. ``median`` and ``p99`` are of those that touch at most 100 pairs of rule and focus node
and no rule whole; ``others`` the median of the rest; ``hub`` that of changes at the record that has
the most statements, ``pairs`` the most pairs that one of them touches. Milliseconds, but for
``open``, the seconds to derive and validate everything. Each size runs in a process of its own.
"""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.organisation import VIEW, Organisation, copies_for, vault
from engine.knowledge import shipped_pack
from engine.ledger.patch import Patch
from engine.resident import Resident
from engine.snapshot import reader_over

FEW = 100
DRAWN, AT_HUB = 150, 10
COLUMNS = ("statements", "open", "results", "changes", "median", "p99", "others", "hub", "pairs")


def measured(size: int, folder: Path) -> dict[str, Any]:
    """The figures of one organisation, by column; ``folder`` is for what evidence is about."""
    quads = list(Organisation().quads(copies_for(size), faults=True))
    ground = reader_over(quads, shipped_pack(), VIEW, vault=vault(folder))
    start = time.perf_counter()
    resident = Resident(ground)
    results = len(resident.report().findings)
    opened = time.perf_counter() - start
    draw = random.Random(1)
    ((shared, _),) = Counter(quad.subject for quad in quads).most_common(1)
    hub = [quad for quad in quads if quad.subject == shared]
    few, others, at_hub = [], [], []
    pairs = 0
    for number in range(DRAWN + AT_HUB):
        one = draw.choice(quads if number < DRAWN else hub)
        for patch in (Patch(removes=frozenset([one])), Patch(adds=frozenset([one]))):
            start = time.perf_counter()
            change = resident.advance(patch, resident.reader.position)
            seconds = time.perf_counter() - start
            if number >= DRAWN:
                at_hub.append(seconds)
                pairs = max(pairs, change.pairs)
            elif change.whole or change.pairs > FEW:
                others.append(seconds)
            else:
                few.append(seconds)
    few.sort()
    return {
        "statements": f"{len(quads):,}",
        "open": f"{opened:.2f}",
        "results": results,
        "changes": len(few),
        "median": _ms(statistics.median(few)),
        "p99": _ms(few[len(few) * 99 // 100]),
        "others": f"{_ms(statistics.median(others))} ({len(others)})" if others else "-",
        "hub": _ms(statistics.median(at_hub)),
        "pairs": pairs,
    }


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"


def main() -> None:
    """See the module docstring; with ``--one SIZE`` the figures of that size as JSON."""
    if sys.argv[1:2] == ["--one"]:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measured(int(sys.argv[2]), Path(folder))))
        return
    sizes = [int(text) for text in sys.argv[1:]] or [100_000, 1_000_000]
    print("one change, our whole rule pack, resident")
    print(" ".join(f"{column:>12}" for column in COLUMNS))
    for size in sizes:
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.changes", "--one", str(size)],
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
        row = json.loads(told)
        print(" ".join(f"{row[column]:>12}" for column in COLUMNS), flush=True)


if __name__ == "__main__":
    main()

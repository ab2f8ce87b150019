"""``python -m benchmarks.changes``: what one change costs a resident, beside validating all again.

On governance graphs of growing size (arguments: sizes in triples, 100,000 and 1,000,000 by default)
the resident of our whole rule pack carries out single changes: a statement drawn at random goes,
and comes back. ``median`` and ``p99`` are of those that touch at most 100 pairs of rule and focus
node and no rule whole; ``others`` the median of the rest; ``hub`` that of changes at the control
that every fifth system has. Milliseconds, but for ``open``, the seconds to derive and validate
everything. Each size runs in a process of its own.
"""

import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.governance_graph import EX, write_graph
from engine.importers import read_triples
from engine.knowledge import shipped_pack
from engine.ledger.patch import Patch
from engine.rdf import NamedNode, Quad, terms_of
from engine.resident import Resident
from engine.snapshot import reader_over
from engine.view import View, parse_instant

FEW = 100
DRAWN, AT_HUB = 150, 10
HUB = NamedNode(f"{EX}control-hub")
COLUMNS = ("open", "results", "changes", "median", "p99", "others", "hub", "pairs")


def measured(data: Path) -> dict[str, Any]:
    """The figures of one graph, by column."""
    graph = NamedNode("https://bench.example/graph/open/register")
    quads = [Quad(*terms_of(triple), graph) for triple in read_triples(data)]
    ground = reader_over(quads, shipped_pack(), View(evaluated_at=parse_instant("2026-06-01")))
    start = time.perf_counter()
    resident = Resident(ground)
    results = len(resident.report().findings)
    opened = time.perf_counter() - start
    draw = random.Random(1)
    hub = [quad for quad in quads if quad.subject == HUB]
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
    """See the module docstring; with a file as the only argument its figures as JSON."""
    if len(sys.argv) == 2 and Path(sys.argv[1]).is_file():
        print(json.dumps(measured(Path(sys.argv[1]))))
        return
    sizes = [int(text) for text in sys.argv[1:]] or [100_000, 1_000_000]
    print("one change, our whole rule pack, resident")
    print(" ".join(f"{column:>12}" for column in ("triples", *COLUMNS)))
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "graph.nt"
            write_graph(data, size)
            lines = sum(1 for _ in data.open("rb"))
            told = subprocess.run(
                [sys.executable, "-m", "benchmarks.changes", str(data)],
                check=True,
                stdout=subprocess.PIPE,
            ).stdout
            row = json.loads(told)
            cells = (f"{lines:,}", *(row[column] for column in COLUMNS))
            print(" ".join(f"{cell:>12}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()

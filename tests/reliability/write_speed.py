"""How fast the write path is: ``python -m tests.reliability.write_speed FOLDER`` prints JSON.

One change of 200,000 quads, then 1,000 changes of 5: per second of the clock, and of the processor.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from engine.rdf import Literal, Quad
from engine.store.oxigraph import OxigraphStore
from tests.ledger.making import AGENT, Held, adding, graph, hold, node, quad
from tests.reliability.forks import Told

BULK, SMALL = 200_000, 1_000


def rate(count: int, work: Callable[[], object]) -> Told:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return {"per_second": round(count / wall), "per_processor_second": round(count / processor)}


def rows(count: int) -> list[Quad]:
    """Five quads a subject: three texts and two links."""
    predicates = [node(f"p{number}") for number in range(5)]
    subjects = (node(number) for number in range(count // 5))
    return [
        Quad(s, p, Literal(f"value {s.value} {n}") if n < 3 else node(n), graph("import"))
        for s in subjects
        for n, p in enumerate(predicates)
    ]


def main(root: Path) -> Told:
    """The rates in a new workspace on disk."""
    held: Held = hold(root, store=OxigraphStore.on_disk)
    many = rows(BULK)
    patches = [adding(*(quad(f"{s}-{n}", s) for n in range(5))) for s in range(SMALL)]
    found: Told = {}
    append, apply = held.ledger.append, held.store.apply
    spent = [0.0]

    def timed(work: Callable[..., object]) -> Callable[..., object]:
        def run(*given: object, **named: object) -> object:
            start = time.perf_counter()
            result = work(*given, **named)
            spent[0] += time.perf_counter() - start
            return result

        return run

    held.ledger.append, held.store.apply = timed(append), timed(apply)  # type: ignore
    found["bulk"] = rate(
        BULK,
        lambda: held.committer.replace(graph("import"), many, agent=AGENT, reason="import"),
    )
    found["bulk"]["ledger_and_store_per_second"] = round(BULK / spent[0])
    held.ledger.append, held.store.apply = append, apply  # type: ignore[method-assign]
    found["small"] = rate(SMALL, lambda: [held.commit(patch) for patch in patches])
    held.close()
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))

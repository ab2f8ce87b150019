"""``make bench-rewrite``: common governance questions as asked, as run, and as best known.

Each question is ``questions/<name>.rq``: what it asks (``#+ question:``), a query as people write
it, and after ``#+ best`` the best formulation known of the same answer. All three are run over the
same governance graph in memory, each in a forked child that is stopped after a minute; the rows of
each stand beside the times. Sizes in triples are arguments; 100,000 and 1,000,000 by default. The
exit code is 1 where answers differ or a query takes more than ten times the best.
"""

import hashlib
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.governance_graph import EX, write_graph
from engine.sparql.rewrite import rewritten
from engine.store.oxigraph import OxigraphStore
from engine.store.port import Solutions

QUESTIONS = Path(__file__).with_name("questions")
SECONDS = 60
# How much slower than the best known, from what is measurable at all.
FACTOR, LEAST = 10, 0.01
_PREFIX = f"PREFIX ex: <{EX}>\n"
_BEST = "#+ best\n"


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the query as asked and the best known one."""

    name: str
    summary: str
    asked: str
    best: str


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds (None where it was stopped), rows, and a digest of them in no order."""

    seconds: float | None
    rows: int = 0
    digest: str = ""


def questions() -> Iterator[Question]:
    """Every question, by name."""
    for path in sorted(QUESTIONS.glob("*.rq")):
        asked, _, best = path.read_text("utf-8").partition(_BEST)
        head, _, asked = asked.partition("\n")
        summary = head.removeprefix("#+ question:").strip()
        yield Question(path.stem, summary, _PREFIX + asked, _PREFIX + best)


def _answer(store: OxigraphStore, text: str) -> Run:
    best, rows = float("inf"), Counter[tuple[object, ...]]()
    for _ in range(3):
        start = time.perf_counter()
        result = store.query(text)
        if not isinstance(result, Solutions):
            raise TypeError("a question is a SELECT")
        rows = Counter(result.rows)
        seconds = time.perf_counter() - start
        best = min(best, seconds)
        if seconds > 1:
            break
    lines = sorted(f"{count} {row}" for row, count in rows.items())
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
    return Run(best, rows.total(), digest)


def run(store: OxigraphStore, text: str) -> Run:
    """The run of ``text`` in a child of its own; the best of three where it is short."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        # The default action ends the process, also inside the store.
        signal.alarm(SECONDS)
        found = _answer(store, text)
        os.write(writing, json.dumps([found.seconds, found.rows, found.digest]).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return Run(*json.loads(told)) if told else Run(None)


def _seconds(found: Run) -> str:
    return f"{found.seconds:9.3f}" if found.seconds is not None else f"{f'>{SECONDS}':>9}"


def measure(store: OxigraphStore, question: Question) -> str | None:
    """Print the row of ``question``; what is wrong with it, or None."""
    ready = rewritten(question.asked)
    asked = run(store, question.asked)
    ours = run(store, ready.text) if ready.changed else asked
    best = run(store, question.best)
    times = " ".join(_seconds(found) for found in (asked, ours, best))
    ratio = (ours.seconds or SECONDS) / (best.seconds or SECONDS)
    print(
        f"{question.name:24} {times} {ratio:6.1f} {ours.rows:8} "
        f"{'rewritten' if ready.changed else 'as asked':10} {question.summary}",
        flush=True,
    )
    answers = {(one.rows, one.digest) for one in (asked, ours, best) if one.seconds is not None}
    if len(answers) != 1:
        return f"{question.name}: the answers differ"
    slow = (ours.seconds or SECONDS) > max(FACTOR * (best.seconds or SECONDS), LEAST)
    return f"{question.name}: {ratio:.0f} times the best known" if slow else None


def main() -> None:
    """Print the table of each size."""
    sizes = [int(argument) for argument in sys.argv[1:]] or [100_000, 1_000_000]
    wrong = []
    for size in sizes:
        store = OxigraphStore.in_memory()
        with tempfile.TemporaryDirectory(prefix="aims-bench-") as folder:
            data = Path(folder) / "graph.nt"
            write_graph(data, size)
            store.fill_lines(data.read_bytes())
        print(f"\n{store.size():,} triples; seconds")
        print(f"{'':24} {'asked':>9} {'run':>9} {'best':>9} {'ratio':>6} {'rows':>8}")
        found = (measure(store, question) for question in questions())
        wrong += [f"{size:,}: {told}" for told in found if told]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()

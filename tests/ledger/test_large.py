"""A large ledger: how long verification takes, and how much memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.ledger import reading
from engine.ledger.draft import Draft
from engine.ledger.ledger import Ledger
from engine.ledger.patch import Patch
from engine.ledger.writing import Place, no_hook, seal_parts, write_entry
from tests.ledger.making import AGENT, FILE, Ticking, quad
from tests.ledger.ram import ram_folder

ENTRIES = 200_000
SECONDS_PER_MILLION = 100
MEBIBYTES = 500
MEASURE = """
import json, resource, sys, time
from pathlib import Path
from engine.ledger.check import check
from engine.ledger.ledger import Ledger
ledger = Ledger.open(Path(sys.argv[1]))
start = time.process_time()
found = check(ledger)
seconds = time.process_time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
start = time.process_time()
proof = ledger.inclusion_proof(1)
print(json.dumps({"count": found.count, "problems": len(found.problems), "seconds": seconds,
                  "mebibytes": peak, "proof": len(proof),
                  "proof_seconds": time.process_time() - start}))
"""


def write(path: Path, count: int) -> None:
    """``count`` entries in few transactions, each replacing a value by the next."""
    ticking = Ticking()
    ledger = Ledger.create(path, clock=ticking.clock())
    head = ledger.head()
    for start in range(0, count, 10_000):
        with ledger.writing() as connection:
            for number in range(start, min(start + 10_000, count)):
                subject = number % 5_000
                removes = {quad(subject, number - 5_000)} if number >= 5_000 else set()
                patch = Patch(frozenset({quad(subject, number)}), frozenset(removes))
                draft = Draft(agent=AGENT, patch=patch, reason="because")
                ticking.pass_time(1)
                place = Place(head, ticking.now, 0)
                sealed = seal_parts(draft, ledger.base)
                write_entry(connection, ledger.identity, draft, place, sealed, no_hook)
                head = reading.head(connection)
    ledger.close()


@pytest.mark.long
def test_a_large_ledger_is_verified_in_time_and_memory(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with ram_folder() as ram:
        write(ram / FILE, ENTRIES)
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, str(ram / FILE)],
            check=True,
            capture_output=True,
            text=True,
        )
    told = json.loads(done.stdout)
    with capsys.disabled():
        sys.stdout.write(f"\n{told}\n")
    assert (told["count"], told["problems"]) == (ENTRIES, 0)
    assert told["seconds"] < SECONDS_PER_MILLION * ENTRIES / 1e6
    assert told["mebibytes"] < MEBIBYTES
    assert told["proof"] <= 20
    assert told["proof_seconds"] < 0.05

"""The organisation that is measured: every rule holds in it, but for what is planted."""

from collections import Counter
from pathlib import Path

from benchmarks.organisation import EACH, FIRST, VIEW, Organisation, copies_for, vault
from engine.derive import derived
from engine.knowledge import shipped_pack
from engine.rdf import NamedNode
from engine.shacl import Report, run_pack
from engine.snapshot import reader_over

PLANTED = 17


def report(copies: int, folder: Path, *, faults: bool) -> Report:
    quads = Organisation().quads(copies, faults=faults)
    reader = reader_over(quads, shipped_pack(), VIEW, vault=vault(folder))
    return run_pack(derived(reader, alone=True))


def test_it_holds_but_for_what_is_planted(tmp_path: Path) -> None:
    clean = report(10, tmp_path, faults=False)
    assert (clean.findings, clean.not_validated) == ((), ())
    found = report(10, tmp_path, faults=True).findings
    assert all(isinstance(finding.focus, NamedNode) for finding in found)
    ends = Counter(str(finding.focus).rstrip(">").rpartition(".")[2] for finding in found)
    assert ends == {"9": PLANTED}


def test_its_size_is_told_beforehand() -> None:
    for copies in (1, 2, 5):
        size = sum(1 for _ in Organisation().quads(copies))
        assert abs(size - FIRST - (copies - 1) * EACH) < 100
        assert copies_for(size) == copies

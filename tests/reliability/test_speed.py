"""The write path is fast enough, on a machine that does nothing else."""

import sys
from pathlib import Path

import pytest

from tests.reliability.conftest import Program


@pytest.mark.long
def test_imports_and_small_changes_are_recorded_fast_enough(
    tmp_path: Path, program: Program, capsys: pytest.CaptureFixture[str]
) -> None:
    found = program("write_speed", tmp_path)
    with capsys.disabled():
        sys.stdout.write(f"\n{found}\n")
    # Half of what was measured on two busy cores, since a test is no benchmark.
    assert found["bulk"]["per_second"] > 40_000
    assert found["small"]["per_processor_second"] > 200

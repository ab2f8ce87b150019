"""The order of severities."""

import pytest

from engine.rdf import NamedNode
from engine.severity import Severity, rank
from engine.vocab import SH


@pytest.mark.parametrize(
    ("severity", "reached"),
    [
        (SH.Violation, {"violation", "warning", "info"}),
        (SH.Warning, {"warning", "info"}),
        (SH.Info, {"info"}),
        # Nobody knows where it stands, so it passes no guard.
        (NamedNode("urn:x:fatal"), {"violation", "warning", "info"}),
    ],
)
def test_a_severity_is_reached_by_itself_and_by_graver_ones(
    severity: NamedNode, reached: set[str]
) -> None:
    assert {one.value for one in Severity if one.reached_by(severity)} == reached


def test_the_gravest_come_first() -> None:
    ranked = sorted([SH.Info, SH.Violation, SH.Warning], key=rank)
    assert ranked == [SH.Violation, SH.Warning, SH.Info]

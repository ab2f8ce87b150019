"""How grave a rule result is: SHACL's three severities in their order."""

from enum import StrEnum

from engine.rdf import NamedNode
from engine.vocab import SH


class Severity(StrEnum):
    """A severity as people write it; the gravest first."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFO = "info"

    def reached_by(self, severity: NamedNode) -> bool:
        """Whether a result of ``severity`` (SHACL 1.0, section 2.1.4) is as grave as this, or more.

        A severity of a rule's own has no place in the order and counts as the gravest.
        """
        return rank(severity) <= _ORDER.index(self)


_ORDER = tuple(Severity)
_RANKS = {SH.Violation: 0, SH.Warning: 1, SH.Info: 2}


def rank(severity: NamedNode) -> int:
    """0 for the gravest, one more for each that is less grave."""
    return _RANKS.get(severity, 0)

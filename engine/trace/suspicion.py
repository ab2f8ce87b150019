"""Where suspicion goes: from a reviewed link whose target changed since, to all that lies below.

What lies below was tested or proved for what the target was before. Somebody who reviews a link
below after the change has looked at it, so suspicion passes neither that link nor, along it, on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from engine.rdf import Node

# Comes before every entry.
NEVER = 0
# The lower ends of the links of a node, each with the entry at which the link was last reviewed.
Below = Callable[[Node], Iterable[tuple[Node, int]]]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reviewed link from ``upper`` to ``lower``, and the entry at which ``lower`` changed."""

    upper: Node
    lower: Node
    changed: int


def spread(doubts: Iterable[Doubt], below: Below) -> dict[Node, Doubt]:
    """Each node whose links are suspect unless reviewed since, with the newest doubt over it.

    The newest alone is enough: a review that an older change passes by, it passes by as well.
    """
    found: dict[Node, Doubt] = {}
    for doubt in sorted(doubts, key=lambda d: (-d.changed, str(d.upper), str(d.lower))):
        waiting = [doubt.lower]
        while waiting:
            node = waiting.pop()
            if node not in found:
                found[node] = doubt
                waiting += [end for end, reviewed in below(node) if reviewed < doubt.changed]
    return found

"""When rule results began and ended: as intervals of ledger positions and instants judged.

The ledger gives one path through both: before entry *n* is carried out, the clock moves to the
instant at which it was recorded. So each result that came or went did so with an entry or with
time, and "what changed between two entries" is read from what was found on the way. What was
walked once is kept (``engine.timeline.kept``).
"""

from engine.timeline.intervals import Interval, Point, Result, Step, intervals
from engine.timeline.kept import Kept
from engine.timeline.walking import Timeline

__all__ = ["Interval", "Kept", "Point", "Result", "Step", "Timeline", "intervals"]

"""Snapshots: a view opened into a ``Reader``, the one way in which features read anything.

A reader is a private, immutable projection in memory: the source graphs that the view may read,
the ontology and shapes of the knowledge pack, the evaluation context and derived facts, with the
RDF merge of these as default graph. So SPARQL, REST, traces, exports and pages cannot disagree
about what a person may see, and nothing can be written through a reader.
"""

from engine.snapshot.context import CONTEXT, evaluation_context
from engine.snapshot.motion import Motion, Swap
from engine.snapshot.opening import MEMORY_BYTES, Snapshots, fitting, reader_over
from engine.snapshot.position import LastChange, Position
from engine.snapshot.reader import Reader, Step

__all__ = [
    "CONTEXT",
    "MEMORY_BYTES",
    "LastChange",
    "Motion",
    "Position",
    "Reader",
    "Snapshots",
    "Step",
    "Swap",
    "evaluation_context",
    "fitting",
    "reader_over",
]

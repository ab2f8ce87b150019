"""SHACL Core and SHACL-SPARQL, evaluated natively: shapes in, findings out.

``parse_shapes`` reads a shapes graph; ``validate`` judges a reader's graph; ``validate_graph``
judges any data; ``run_pack`` judges a reader by its own knowledge pack and demands the canary.
"""

from engine.shacl.affected import Reach
from engine.shacl.pack import CANARY, pack_reach, pack_shapes, run_pack, trusted
from engine.shacl.results import Finding, Report, RuleRun
from engine.shacl.shapes import Shapes, parse_shapes
from engine.shacl.standing import Changed, Standing
from engine.shacl.validation import validate, validate_graph
from engine.shacl.wide import asked_each, referred_on, wide_rules

__all__ = [
    "CANARY",
    "Changed",
    "Finding",
    "Reach",
    "Report",
    "RuleRun",
    "Shapes",
    "Standing",
    "asked_each",
    "pack_reach",
    "pack_shapes",
    "parse_shapes",
    "referred_on",
    "run_pack",
    "trusted",
    "validate",
    "validate_graph",
    "wide_rules",
]

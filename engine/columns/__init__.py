"""A graph as columns of numbers: what a pass over all of it costs least in.

A term is a number, a predicate two arrays of numbers sorted by subject. Questions about a whole
population (how many values has each, which of them are of a class) are then a few operations on
arrays. Made from N-Triples, and never changed.
"""

from engine.columns.encoding import encode
from engine.columns.table import Columns, Pairs, distinct

__all__ = ["Columns", "Pairs", "distinct", "encode"]

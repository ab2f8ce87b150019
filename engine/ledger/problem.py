"""What verification finds, one difference at a time."""

from dataclasses import dataclass

# Of each kind at most so many are listed.
LISTED = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One difference. ``kind``: file, entry, part, erasure, pack, index, tree, checkpoint,
    setting, store or vault. ``sequence``: the entry concerned, None where it is none. ``where``:
    the column, part, quad or file.
    """

    kind: str
    sequence: int | None
    where: str
    message: str

"""A folder in memory for tests that write often; what they kill are processes, not disks."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_RAM = Path("/dev/shm")


@contextmanager
def ram_folder() -> Iterator[Path]:
    """A new folder in memory, on disk where there is none; removed in the end."""
    where = _RAM if _RAM.is_dir() and os.access(_RAM, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="aims-test-", dir=where))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)

"""The product's data files: in the wheel under ``engine/_data``, in a checkout at its root."""

from importlib.resources import files
from pathlib import Path


def assets_root() -> Path:
    """The folder of ``ontology/``, ``shapes/``, ``queries/``, ``examples/``, ``mappings/``."""
    packaged = Path(str(files("engine"))) / "_data"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parent.parent

"""Folder = registry: the members of a package are the modules in its folder.

A member is a module-level object of an agreed name (``importer``, ``router``, ``command`` …).
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType


def members(package: ModuleType, attribute: str) -> Iterator[tuple[str, object]]:
    """Name and member of each public module of ``package`` that has ``attribute``, by name."""
    names = sorted(info.name for info in iter_modules(package.__path__))
    for name in names:
        if not name.startswith("_"):
            module = import_module(f"{package.__name__}.{name}")
            if hasattr(module, attribute):
                yield name, getattr(module, attribute)

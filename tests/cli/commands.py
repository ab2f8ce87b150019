"""The commands as the program itself knows them."""

from collections.abc import Iterator
from typing import Any

import typer.main

from engine.cli._program import program


def commands() -> Iterator[tuple[str, Any]]:
    """Name (``evidence add``) and command, without the groups."""
    waiting: list[tuple[str, Any]] = [("", typer.main.get_command(program()))]
    while waiting:
        name, command = waiting.pop()
        below = getattr(command, "commands", {})
        waiting += [(f"{name} {word}".strip(), inner) for word, inner in below.items()]
        if not below:
            yield name, command


def names_of_commands() -> list[str]:
    """Every command's name, sorted."""
    return sorted(name for name, _ in commands())


def accepting(option: str) -> set[str]:
    """The commands that have ``option``."""
    return {
        name
        for name, command in commands()
        if any(option in known.opts for known in command.params)
    }

"""Imports commands when they are needed, so that none waits for the libraries of the others."""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

from typer.core import TyperGroup
from typer.main import get_group


class LazyCommands(MutableMapping[str, Any]):
    """Commands by name. A path is `module` for the group that is its `app`, or `module:name` for one command of it."""

    def __init__(self, paths: dict[str, str]) -> None:
        self._paths = paths

    def __getitem__(self, name: str) -> Any:
        module, _, member = self._paths[name].partition(":")
        group = get_group(import_module(module).app)
        command = group.commands[member] if member else group
        # The list of commands in a help text shows this name; a group has none of its own.
        command.name = name
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __setitem__(self, name: str, command: Any) -> None:
        raise TypeError(f"{name} cannot be added: the paths are complete")

    def __delitem__(self, name: str) -> None:
        raise TypeError(f"{name} cannot be removed: the paths are complete")


def lazy_group(paths: dict[str, str]) -> type[TyperGroup]:
    """A class for `typer.Typer(cls=…)` whose commands are these, in this order."""

    class LazyGroup(TyperGroup):
        """A group that imports its commands when they are needed."""

        def __init__(self, **attributes: Any) -> None:
            super().__init__(**attributes)
            self.commands = LazyCommands(paths)

    return LazyGroup

"""The account as tables."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Column, Table

from tests.chaos.account import Finding

WIDTH = 100
"""Of tables in a file."""


def report(title: str, columns: Mapping[str, Sequence[Finding]]) -> None:
    """Print findings; columns about the same things are side by side."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, findings in columns.items():
        alike.setdefault(tuple(finding.what for finding in findings), []).append(name)
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    console.print(title)
    for whats, names in alike.items():
        table = Table(Column(no_wrap=True), *names)
        for what, *row in zip(whats, *(columns[name] for name in names), strict=True):
            table.add_row(what, *(_cell(finding) for finding in row))
        console.print(table)


def holds(columns: Mapping[str, Sequence[Finding]]) -> bool:
    """Whether every promise held."""
    return all(finding.holds for findings in columns.values() for finding in findings)


def _cell(finding: Finding) -> str:
    return str(finding.figure) if finding.holds else f"{finding.figure} [red]BROKEN[/]"

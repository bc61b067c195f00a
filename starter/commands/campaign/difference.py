"""Show what a campaign file changes, for `retention campaign apply`."""

from collections.abc import Iterator, Mapping
from difflib import ndiff
from typing import Any

from rich.console import Console
from rich.text import Text

from db.campaigns.campaigns import CampaignDifference
from lifecycle.campaign_file import CampaignRow

ADDED, REMOVED, CHANGED, QUIET = "green", "red", "yellow", "dim"


def difference_values(found: CampaignDifference) -> dict[str, Any]:
    """Return the difference as JSON values."""
    return {
        "added": [_place(row) for row in found.added],
        "changed": [
            {
                **_place(change.row),
                "fields": {name: {"old": old, "new": new} for name, (old, new) in change.fields.items()},
            }
            for change in found.changed
        ],
        "removed": [_place(row) for row in found.removed],
        "missing": [_place(row) for row in found.missing],
        "unchanged": [_place(row) for row in found.unchanged],
    }


def show_difference(out: Console, found: CampaignDifference, *, dry_run: bool) -> None:
    """Print the difference for people, in colour if the console has colours."""
    for row in found.added:
        out.print(Text(f"+ {_name(row)} ({row.trigger_event}); a new campaign is a draft", ADDED))
    for change in found.changed:
        out.print(Text(f"~ {_name(change.row)}", CHANGED))
        for name, (old, new) in change.fields.items():
            before, after = dict(_parts(name, old)), dict(_parts(name, new))
            for part in {**before, **after}:
                if before.get(part) != after.get(part):
                    _field(out, part, before.get(part), after.get(part))
    for row in found.removed:
        out.print(Text(f"- {_name(row)}: removed from the campaign; it is never planned again", REMOVED))
    for row in found.missing:
        out.print(Text(f"  {_name(row)}: not in the file, unchanged", QUIET))
    would = "would be " if dry_run else ""
    counts = (
        f"{len(found.added)} {would}added, {len(found.changed)} {would}changed, {len(found.removed)} {would}removed"
    )
    out.print(Text(f"{counts}, {len(found.unchanged)} unchanged"))


def _field(out: Console, name: str, old: Any, new: Any) -> None:
    before, after = _lines(old), _lines(new)
    if len(before) <= 1 and len(after) <= 1:
        out.print(Text(f"    {name}: ").append(" ".join(before), REMOVED).append(" → ").append(" ".join(after), ADDED))
        return
    out.print(Text(f"    {name}:"))
    for line in ndiff(before, after):
        if line[0] in "+-":
            out.print(Text(f"      {line}", ADDED if line[0] == "+" else REMOVED))


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Split a field into its parts, as `locales.de.subject` or `variants.B.weight`. Empty parts are left out."""
    match value:
        case Mapping():
            for key, inner in value.items():
                yield from _parts(f"{name}.{key}", inner)
        case [Mapping(), *_]:
            for one in value:
                yield from _parts(f"{name}.{one['name']}", {key: inner for key, inner in one.items() if key != "name"})
        case list() | tuple():
            yield name, ", ".join(map(str, value)) or None
        case _:
            yield name, value


def _lines(value: Any) -> list[str]:
    return ["(none)"] if value in (None, "") else str(value).splitlines()


def _name(row: CampaignRow) -> str:
    return f"{row.slug} {row.step}: {row.name}"


def _place(row: CampaignRow) -> dict[str, Any]:
    return {"slug": row.slug, "step": row.step}

"""Histories as files: one event a line, without what they tell of the machine they were recorded on."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

DIRECTORY = Path(__file__).parent
UNKNOWN = "recorded"


def stored() -> dict[str, Path]:
    """Every stored history by its name, such as `rolled-2` for a customer's second run."""
    return {path.stem: path for path in sorted(DIRECTORY.glob("*.json"))}


def read(path: Path) -> WorkflowHistory:
    """A stored history; its workflow is called as the file is."""
    return WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))


def write(name: str, runs: Sequence[WorkflowHistory]) -> None:
    """Keep the runs of a life as `name-1.json`, `name-2.json` …, in place of those kept before."""
    for path in DIRECTORY.glob(f"{name}-*.json"):
        path.unlink()
    for number, run in enumerate(runs, start=1):
        (DIRECTORY / f"{name}-{number}.json").write_text(as_text(run), encoding="utf-8")


def as_text(run: WorkflowHistory) -> str:
    """A history as `WorkflowHistory.from_json` and Temporal's UI read it."""
    events = (_without_machine(event) for event in json.loads(run.to_json())["events"])
    lines = ",\n".join(json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in events)
    return f'{{"events":[\n{lines}\n]}}\n'


def _without_machine(value: Any) -> Any:
    """Identities and sticky queues name a host and a process, and stack traces name paths."""
    match value:
        case dict():
            sticky = value.get("kind") == "TASK_QUEUE_KIND_STICKY"
            return {
                name: UNKNOWN if name == "identity" or (sticky and name == "name") else _without_machine(inner)
                for name, inner in value.items()
                if name != "stackTrace"
            }
        case list():
            return [_without_machine(inner) for inner in value]
        case _:
            return value

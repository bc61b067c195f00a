"""Each class name is defined once in the whole code: a name in a log or a traceback is unambiguous."""

import ast
import subprocess
from collections import defaultdict
from pathlib import Path

PROJECT = Path(__file__).parents[1]


def test_every_class_name_is_defined_once() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for file in _code():
        for node in ast.walk(ast.parse((PROJECT / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{file}:{node.lineno}")
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def _code() -> list[str]:
    """The tracked files of the engine and the client, without tests."""
    listing = ["git", "ls-files", "-z", "--", "*.py"]
    tracked = subprocess.run(listing, cwd=PROJECT, check=True, capture_output=True, text=True).stdout.split("\0")
    files = [file for file in tracked if file and not file.startswith(("tests/", "client/tests/"))]
    assert "worker.py" in files
    return [file for file in files if (PROJECT / file).exists()]

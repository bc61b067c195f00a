"""Tests look at what code does: none replaces a private part of it, or a name inside one of our modules by its path."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
OURS = {
    *(path.parent.name for path in TESTS.parent.glob("*/__init__.py") if path.parent != TESTS),
    *(path.stem for path in TESTS.parent.glob("*.py")),
    "retention_client",
}
REPLACING = {"setattr", "delattr", "patch", "object", "multiple"}
"""`monkeypatch.setattr` and `delattr`; `patch`, `patch.object` and `patch.multiple` of `unittest.mock`."""


def replaced_privately(source: str) -> Iterator[str]:
    """The calls in a test's source that replace what no test should."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and _replaces(call.func):
            targets = [part.value for part in call.args[:2] if isinstance(part, ast.Constant)]
            names = [name for name in (*targets, *(word.arg for word in call.keywords)) if isinstance(name, str)]
            if any(_is_private(name) or _is_path_into_ours(name) for name in names):
                yield f"line {call.lineno}: {ast.unparse(call)}"


def _replaces(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id == "patch"
    if not isinstance(function, ast.Attribute) or function.attr not in REPLACING:
        return False
    return "patch" in ast.unparse(function)


def _is_private(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last.startswith("_") and not last.endswith("__")


def _is_path_into_ours(name: str) -> bool:
    return "." in name and name.partition(".")[0] in OURS


def test_nothing_private_is_replaced() -> None:
    found = {str(path.relative_to(TESTS)): list(replaced_privately(path.read_text())) for path in TESTS.rglob("*.py")}
    assert {path: calls for path, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    "call",
    [
        'monkeypatch.setattr(door, "_signals", None)',
        'monkeypatch.setattr("db.customers.profiles.load_ledger", None)',
        'monkeypatch.delattr(door, "_signals")',
        'patch("worker.build_worker")',
        'patch.object(door, "_signals", None)',
        "patch.multiple(door, _signals=None)",
        'mock.patch("lifecycle.gate.FIRST_PAUSE", 1)',
    ],
)
def test_what_is_private_is_found(call: str) -> None:
    assert list(replaced_privately(call)) == [f"line 1: {call}".replace('"', "'")]


@pytest.mark.parametrize("call", ['monkeypatch.setattr(gate, "FIRST_PAUSE", 1)', 'monkeypatch.setattr("sys.stdin", 1)'])
def test_a_public_setting_may_be_replaced(call: str) -> None:
    assert list(replaced_privately(call)) == []

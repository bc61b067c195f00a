"""What the README says of the settings and of the commands is so."""

import json
import os
import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr
from pydantic_core import PydanticUndefined
from typer.core import TyperGroup
from typer.main import get_command

from localstack.stack.stack import Stack
from settings import Settings
from starter.commands import app
from tests.localstack.stack.curl import request_of

ROOT = Path(__file__).parents[1]


def settings_table() -> str:
    """The README's table of settings, made from the class."""
    lines = ["| variable | default | what it sets |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{name.upper()}` | {_shown(field.default)} | {field.description} |")
    return "\n".join(lines)


def _shown(default: object) -> str:
    if default is None or default is PydanticUndefined or isinstance(default, SecretStr):
        return ""
    if isinstance(default, tuple):
        return f"`{','.join(map(str, default))}`"
    return f"`{default:f}`" if isinstance(default, Decimal) else f"`{default}`"


def test_the_settings_table_is_the_class() -> None:
    readme = (ROOT / "README.md").read_text()
    written = readme.split("<!-- settings -->")[1].split("<!-- /settings -->")[0].strip()
    assert written == settings_table()


def test_every_link_into_the_project_leads_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_command_that_a_page_names_is_there() -> None:
    commands = get_command(app)
    assert isinstance(commands, TyperGroup)
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for name, then in re.findall(r"(?:`|[$] |[|] )retention ([a-z-]+)(?: ([a-z-]+))?", page.read_text()):
            command = commands.commands.get(name)
            assert command, f"{page.name}: retention {name}"
            if then and isinstance(command, TyperGroup):
                assert then in command.commands, f"{page.name}: retention {name} {then}"


def _example(language: str) -> str:
    """The README's example for a shop in this language."""
    section = (ROOT / "README.md").read_text().split("## For a shop that is not written in Python")[1]
    return section.split(f"```{language}\n")[1].split("```")[0]


def _where(stack: Stack) -> dict[str, str]:
    assert stack.token
    return {"GATEWAY_URL": stack.gateway_url, "GATEWAY_TOKEN": stack.token}


def test_the_gateway_takes_what_the_example_in_curl_sends(stack: Stack) -> None:
    request = request_of(_example("sh"), _where(stack))
    with httpx2.Client(trust_env=False) as http:
        answer = http.send(request)
    assert answer.status_code == 202, answer.text
    sent = json.loads(request.content)["event_id"]
    assert answer.json()["results"] == [{"index": 0, "event_id": sent, "status": "accepted"}]


@pytest.mark.parametrize("language", ["php", "js"])
def test_the_other_examples_say_the_same_in_their_languages(language: str) -> None:
    example = _example(language)
    words = ("GATEWAY_URL", "/v1/events", "Authorization: ", "Bearer ", "GATEWAY_TOKEN", "application/json", "202")
    assert [word for word in words if word not in example] == []


@pytest.mark.parametrize(("language", "program"), [("php", "php"), ("js", "node")])
def test_they_run_where_their_language_is_installed(language: str, program: str, stack: Stack, tmp_path: Path) -> None:
    script = tmp_path / f"example.{language}"
    script.write_text(_example(language))
    if interpreter := shutil.which(program):
        environment = {"PATH": os.environ["PATH"], **_where(stack)}
        done = subprocess.run([interpreter, script], env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

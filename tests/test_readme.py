"""What the README says of the settings and of the commands is so."""

import re
from decimal import Decimal
from pathlib import Path

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from settings import Settings

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

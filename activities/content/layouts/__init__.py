"""The parts of an e-mail that are ours: its frame, a button, a table of lines."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup


def layout(name: str, /, **values: Any) -> Markup:
    """Render one of the templates that lie beside this file. Every value is escaped that is not `Markup`."""
    return Markup(_environment().get_template(name).render(values))  # noqa: S704 - autoescaped


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

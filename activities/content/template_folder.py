"""Our own Jinja2 templates: layouts of e-mails, pages of the gateway, reports.

Templates that marketers write are rendered by `activities.content.templates`, in a sandbox.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup


class TemplateFolder:
    """Renders the `.j2` files of one folder. Values are escaped unless they are `Markup`; unknown names are errors.

    `filters` are added to Jinja's own. Templates are compiled at first use.
    """

    def __init__(self, folder: Path, filters: Mapping[str, Callable[..., Any]] | None = None) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(filters or {})

    def render(self, name: str, /, **values: Any) -> Markup:
        """Render the template `name` with `values`."""
        return Markup(self._environment.get_template(name).render(values))  # noqa: S704 - autoescaped

"""Our own templates: escaped, strict, and with filters of their own."""

from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from markupsafe import Markup

from activities.content.template_folder import TemplateFolder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hello.html.j2").write_text("{% if name %}\n  <p>{{ name }}</p>\n{% endif %}\n", encoding="utf-8")
    (tmp_path / "shout.html.j2").write_text("{{ name | shout }}", encoding="utf-8")
    return tmp_path


def test_values_are_escaped_unless_they_are_markup(folder: Path) -> None:
    templates = TemplateFolder(folder)
    assert templates.render("hello.html.j2", name="<b>") == "  <p>&lt;b&gt;</p>\n"
    assert templates.render("hello.html.j2", name=Markup("<b>")) == "  <p><b></p>\n"


def test_an_unknown_variable_is_an_error(folder: Path) -> None:
    with pytest.raises(UndefinedError, match="name"):
        TemplateFolder(folder).render("hello.html.j2")


def test_a_folder_may_have_filters(folder: Path) -> None:
    assert TemplateFolder(folder, {"shout": str.upper}).render("shout.html.j2", name="hello") == "HELLO"


def test_a_template_outside_the_folder_is_not_found(folder: Path) -> None:
    (folder.parent / "secret.html.j2").write_text("secret", encoding="utf-8")
    with pytest.raises(TemplateNotFound):
        TemplateFolder(folder).render("../secret.html.j2")

"""`retention campaign preview`: files and a page, before anything is applied."""

from pathlib import Path

import pytest

from tests.operations.campaigns.lamps import LAMPS
from tests.starter.commands.conftest import Command


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A campaign file."""
    written = tmp_path / "lamps.yaml"
    written.write_text(LAMPS)
    return written


def test_a_file_is_previewed_without_any_server(alone: Command, file: Path) -> None:
    answer = alone("campaign", "preview", "lamp-mail", "--file", file, "--out", "seen", "--json")
    assert [(proof["step"], proof["locale"], proof["variant"], proof["subject"]) for proof in answer.json] == [
        (1, None, "A", "A lamp for Ada"),
        (1, "de", "A", "Eine Lampe"),
        (1, None, "B", "More light"),
        (1, "de", "B", "Eine Lampe"),
        (2, None, None, "Still dark"),
    ]
    assert sorted(path.name for path in Path("seen").iterdir()) == [
        *("lamp-mail-1-A-de.html", "lamp-mail-1-A-de.txt", "lamp-mail-1-A.html", "lamp-mail-1-A.txt"),
        *("lamp-mail-1-B-de.html", "lamp-mail-1-B-de.txt", "lamp-mail-1-B.html", "lamp-mail-1-B.txt"),
        *("lamp-mail-2.html", "lamp-mail-2.txt", "lamp-mail.html"),
    ]
    assert {proof["page"] for proof in answer.json} == {"seen/lamp-mail.html"}
    assert 'lang="de"' in Path("seen/lamp-mail-1-A-de.html").read_text()
    assert "See: https://shop.example" in Path("seen/lamp-mail-1-A.txt").read_text()


def test_a_page_shows_everything_and_can_do_nothing(alone: Command, file: Path) -> None:
    assert alone("campaign", "preview", "lamp-mail", "--file", file, "--out", "seen", "--step", "1").status == 0
    page = Path("seen/lamp-mail.html").read_text()
    assert page.count("<iframe ") == page.count(" sandbox ") == 4 * 4
    assert page.count("&lt;base target=&#34;_blank&#34;&gt;") == 4 * 4
    assert page.count("@media all") == page.count("@media not all") == 4 * 2
    assert page.count("<details>") == 4
    assert "<b>Cast &amp; Iron</b>" in page
    assert "<i>It is bright.</i>" in page
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "https://shop.example/images/" not in page


def test_a_text_message_is_shown_with_its_segments(alone: Command, file: Path) -> None:
    [proof] = alone("campaign", "preview", "lamp-text", "--file", file, "--out", "seen", "--json").json
    assert (proof["segments"], proof["files"]) == (1, ["seen/lamp-text-1.txt"])
    page = Path("seen/lamp-text.html").read_text()
    assert '<p class="bubble">Cast &amp; Iron: your lamp is here</p>' in page
    assert "30 characters, sent and billed as 1 text message." in page


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["lamp-nowhere"], "no such campaign in "),
        (["lamp-mail", "--step", "3"], "--step: lamp-mail has steps 1 to 2"),
        (["lamp-mail", "--variant", "C"], "--variant: lamp-mail has only A, B"),
    ],
)
def test_an_error_names_the_option(alone: Command, file: Path, arguments: list[str], line: str) -> None:
    answer = alone("campaign", "preview", *arguments, "--file", file)
    assert (answer.status, answer.error.count("\n")) == (2, 1)
    assert answer.error.startswith(line)


def test_a_template_error_is_shown_with_its_place(alone: Command, file: Path) -> None:
    file.write_text(LAMPS.replace("Licht", "{{ nichts }}"))
    answer = alone("campaign", "preview", "lamp-mail", "--file", file)
    assert answer.status == 2
    assert answer.error == "lamp-mail, step 1, de, variant A: body, line 1: 'nichts' is undefined\n"

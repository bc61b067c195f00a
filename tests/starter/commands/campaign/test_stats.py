"""`retention campaign stats`: tables, JSON, a page."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import typer

from tests.operations.results.conftest import DAY, START, Log
from tests.operations.results.season import write_season
from tests.starter.commands.conftest import Command


def test_one_table_for_all_and_the_rest_for_one(log: Log, stats: Command) -> None:
    write_season(log)
    everything = stats()
    assert everything.status == 0
    for slug in ("abandoned-cart", "care-guide", "shipped", "win-back"):
        assert slug in everything.output
    assert "A/B test" not in everything.output
    assert "unknown" in next(line for line in everything.output.splitlines() if "care-guide" in line)
    assert "60 (100.0%)" in next(line for line in everything.output.splitlines() if "shipped" in line)

    one = stats("abandoned-cart").output
    assert re.search(r"┃ Step +┃ Sent ", one)
    assert "shipped" not in one
    assert re.search(r"clicked: discount is ahead of reminder by \+[\d.]+ points", one)
    assert "no holdout" in one
    assert re.search(r"no consent +│ +45 ", one)
    other = stats("care-guide").output
    assert re.search(r"held out +│ 100 ", other)
    assert re.search(r"difference: customers who bought: \+[\d.]+ points \(", other)
    assert "$" in other


def test_json_has_everything_and_adds_up(log: Log, stats: Command) -> None:
    log.campaign()
    log.message("m")
    log.happened("m", "CLICK")
    log.order("o-1", at=START + DAY, total="19.90")
    found = stats("--json").json
    assert {name: found[name] for name in ("currency", "attribution_days", "since", "until")} == {
        "currency": "USD",
        "attribution_days": 5,
        "since": None,
        "until": None,
    }
    [campaign] = found["campaigns"]
    assert (campaign["slug"], campaign["holdout"], campaign["variants"], campaign["leads"]) == ("care", None, [], [])
    assert (campaign["results"]["orders"], campaign["results"]["revenue"]) == (1, "19.90")
    assert [step["results"]["sent"] for step in campaign["steps"]] == [1]


def test_days_are_options(log: Log, stats: Command) -> None:
    log.campaign()
    log.message("m", due=START, sent=START)
    found = stats("--since", "2026-11-02", "--until", "2026-11-02", "--json").json
    assert (found["since"], found["until"], found["campaigns"][0]["results"]["sent"]) == ("2026-11-02", "2026-11-02", 1)
    assert stats("--since", "2026-11-03", "--json").json["campaigns"][0]["results"]["sent"] == 0


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--since", "yesterday"], "--since: must be a date such as 2026-11-01\n"),
        (["--until", "2026-02-30"], "--until: must be a date such as 2026-11-01\n"),
        (["--until", "9999-12-31"], "the days are out of range\n"),
        (["--since", "2026-11-02", "--until", "2026-11-01"], "--until: must not be before the first day\n"),
        (["nowhere"], "no such campaign: nowhere (`retention campaign list` shows all)\n"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], line: str, stats: Command) -> None:
    answer = stats(*arguments)
    assert (answer.status, answer.output, answer.error) == (2, "", line)


def test_an_empty_database_has_nothing_to_show(stats: Command) -> None:
    assert stats().output == "no campaigns yet: `retention campaign apply` reads some from a file\n"
    assert stats("--json").json["campaigns"] == []
    assert stats("--out", "page.html").status == 0
    assert "Campaign results" in Path("page.html").read_text()


def test_a_campaign_without_messages_is_shown(log: Log, stats: Command) -> None:
    log.campaign("care")
    answer = stats("care")
    assert (answer.status, answer.error) == (0, "")
    assert "no holdout" in answer.output


def test_rare_reasons_are_summed_up(log: Log, stats: Command) -> None:
    log.campaign()
    for number in range(10):
        for message in range(10 - number):
            log.message(f"{number} {message}", sent=None, reason=f"reason {number}")
    shown = stats("care", "--out", "page.html").output
    assert re.search(r"reason 7 +│ +3 ", shown)
    assert re.search(r"other reasons +│ +3 ", shown)
    assert "reason 8" not in shown
    assert "<td>other reasons</td><td>3</td>" in Path("page.html").read_text()


def test_the_page_is_one_file_without_scripts_that_every_browser_can_open(
    log: Log, stats: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(typer, "launch", opened.append)
    monkeypatch.setenv("SHOP_NAME", "Cast <Iron> & Co")
    write_season(log)
    answer = stats("--open")
    page = Path(opened[0])
    assert str(page.relative_to(Path.cwd())) in answer.output
    html = page.read_text()
    tags = Tags()
    tags.feed(html)
    assert not tags.named & {"script", "link", "img", "iframe", "object"}
    assert tags.open == []
    assert "svg" in tags.named
    assert "http" not in html
    assert "Cast &lt;Iron&gt; &amp; Co" in html
    assert "discount is ahead of reminder" in html
    assert "win-back" in html


class Tags(HTMLParser):
    """Which elements a page has, and which are never closed."""

    def __init__(self) -> None:
        super().__init__()
        self.named: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.named.add(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.named.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

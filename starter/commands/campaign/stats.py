"""`retention campaign stats`: the results of campaigns."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from activities.content.phrases import locale_of
from operations.results.figures import ReportFigures
from operations.results.shop_report import ShopReport, report_results
from starter.commands.campaign.stats_tables import show_all, show_one
from starter.commands.context import find_settings, now
from starter.commands.database_operation import run_on_database
from starter.commands.errors import UsageError
from starter.commands.options import AsJson, example
from starter.commands.output import console, print_json, say
from starter.pages.results_page import results_page

EXAMPLE = example(
    "retention campaign stats --open", "retention campaign stats abandoned-cart --since 2026-11-01 --json"
)

app = typer.Typer()

Slugs = Annotated[list[str] | None, typer.Argument(metavar="SLUG…", help="Only these campaigns, and in detail.")]


@app.command(epilog=EXAMPLE)
def stats(
    slugs: Slugs = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Messages sent, or due, from this day on: 2026-11-01.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Up to and including this day.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with charts.", dir_okay=False)] = None,
    open_: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the results of campaigns: sent, read, clicked, bought; by step and variant, and compared with the holdout.

    An order is credited to the last message that its customer clicked, or else opened, in the ATTRIBUTION_DAYS before.
    """
    first, last = _day("--since", since), _day("--until", until)
    settings = find_settings()
    report = run_on_database(
        settings, lambda engine: report_results(engine, settings, now(), slugs=slugs or (), since=first, until=last)
    )
    figures = ReportFigures(locale_of(settings.shop_locale), settings.currency)
    page = out or (settings.data_directory / "results.html" if open_ else None)
    if page is not None:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(results_page(report, figures, settings), encoding="utf-8")
    if as_json:
        print_json(asdict(report))
    else:
        _show(report, figures, in_detail=bool(slugs))
        if page is not None and report.campaigns:
            say(f"written: {page}")
    if open_ and page is not None:
        typer.launch(str(page.absolute()))


def _show(report: ShopReport, figures: ReportFigures, *, in_detail: bool) -> None:
    if not report.campaigns:
        say("no campaigns yet: `retention campaign apply` reads some from a file")
        return
    show_all(console(), report.campaigns, figures)
    for campaign in report.campaigns if in_detail else ():
        show_one(console(), campaign, figures)


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option}: must be a date such as 2026-11-01") from None

"""The results of campaigns as one page that needs no script and nobody else's server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from db.campaigns.campaign_results import Results
from lifecycle.comparison import Difference
from operations.results.figures import Figures
from operations.results.funnel import funnel
from operations.results.report import CampaignReport
from settings import Settings


@dataclass(frozen=True)
class Bar:
    """One bar: `length` and the paler `rest` behind it are percentages of the longest."""

    name: str
    length: float
    rest: float
    words: str


@dataclass(frozen=True)
class Range:
    """A difference on a scale on which it, its interval and nothing are percentages from the left."""

    zero: float
    low: float
    value: float
    high: float


def results_page(
    reports: Sequence[CampaignReport], figures: Figures, settings: Settings, first: date | None, last: date | None
) -> str:
    """The whole document, in HTML. The days are those asked for, both included."""
    return (
        _environment()
        .get_template("results.html.j2")
        .render(
            reports=sorted(reports, key=lambda report: (-report.results.revenue, report.slug)),
            figures=figures,
            shop=settings.shop_name,
            color=settings.shop_color,
            language=figures.locale.language,
            days=settings.attribution_days,
            first=first,
            last=last,
            earned=earned(reports, figures),
            stages=stages,
            range_of=range_of,
        )
    )


def earned(reports: Sequence[CampaignReport], figures: Figures) -> list[Bar]:
    """Revenue by campaign, the best first."""
    ranked = sorted(reports, key=lambda report: (-report.results.revenue, report.slug))
    most = max((float(report.results.revenue) for report in ranked), default=0)
    return [
        Bar(report.slug, _percent(float(report.results.revenue), most), 0, figures.money(report.results.revenue))
        for report in ranked
        if report.results.revenue > 0
    ]


def stages(results: Results, figures: Figures) -> list[Bar]:
    """From sent to ordered; what machines did stands pale behind people."""
    sent = results.sent
    return [
        Bar(stage.name, _percent(stage.count, sent), _percent(stage.count + stage.machines, sent), stage.words)
        for stage in funnel(results, figures)
    ]


def range_of(difference: Difference) -> Range:
    """Where a difference lies, with some room on both sides."""
    left, right = min(difference.low, 0.0), max(difference.high, 0.0)
    room = (right - left or 1.0) * 0.1
    scale = right - left + 2 * room

    def place(value: float) -> float:
        return round(100 * (value - left + room) / scale, 2)

    return Range(place(0.0), place(difference.low), place(difference.value), place(difference.high))


def _percent(part: float, whole: float) -> float:
    """At most 100: more orders than messages are possible, a bar longer than its place is not."""
    return round(min(100.0, 100 * part / whole), 2) if whole else 0.0


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

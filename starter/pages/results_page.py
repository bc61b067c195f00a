"""The results of campaigns as one page, without scripts or external resources."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from activities.content.template_folder import TemplateFolder
from db.campaigns.campaign_results import CampaignResults
from lifecycle.comparison import Difference
from operations.results.figures import ReportFigures
from operations.results.funnel import funnel
from operations.results.report import CampaignReport
from operations.results.shop_report import ShopReport
from settings import Settings

_TEMPLATES = TemplateFolder(Path(__file__).parent)


@dataclass(frozen=True)
class ChartBar:
    """One bar: `length` and the paler `rest` behind it are percentages of the longest."""

    name: str
    length: float
    rest: float
    words: str


@dataclass(frozen=True)
class DifferenceScale:
    """A difference on a scale: its value, its interval and zero, as percentages from the left."""

    zero: float
    low: float
    value: float
    high: float


def results_page(report: ShopReport, figures: ReportFigures, settings: Settings) -> str:
    """Return the whole document in HTML."""
    return _TEMPLATES.render(
        "results.html.j2",
        reports=sorted(report.campaigns, key=lambda campaign: (-campaign.results.revenue, campaign.slug)),
        figures=figures,
        shop=settings.shop_name,
        color=settings.shop_color,
        language=figures.locale.language,
        days=report.attribution_days,
        first=report.since,
        last=report.until,
        earned=earned(report.campaigns, figures),
        stages=stages,
        range_of=range_of,
    )


def earned(reports: Sequence[CampaignReport], figures: ReportFigures) -> list[ChartBar]:
    """Revenue by campaign, the best first."""
    ranked = sorted(reports, key=lambda report: (-report.results.revenue, report.slug))
    most = max((float(report.results.revenue) for report in ranked), default=0)
    return [
        ChartBar(report.slug, _percent(float(report.results.revenue), most), 0, figures.money(report.results.revenue))
        for report in ranked
        if report.results.revenue > 0
    ]


def stages(results: CampaignResults, figures: ReportFigures) -> list[ChartBar]:
    """From sent to ordered; opens and clicks by machines are drawn paler, behind those by people."""
    sent = results.sent
    return [
        ChartBar(stage.name, _percent(stage.count, sent), _percent(stage.count + stage.machines, sent), stage.words)
        for stage in funnel(results, figures)
    ]


def range_of(difference: Difference) -> DifferenceScale:
    """The position of a difference and its interval, with some room on both sides."""
    left, right = min(difference.low, 0.0), max(difference.high, 0.0)
    room = (right - left or 1.0) * 0.1
    scale = right - left + 2 * room

    def place(value: float) -> float:
        return round(100 * (value - left + room) / scale, 2)

    return DifferenceScale(place(0.0), place(difference.low), place(difference.value), place(difference.high))


def _percent(part: float, whole: float) -> float:
    """A percentage, at most 100: there may be more orders than messages, but a bar must fit its space."""
    return round(min(100.0, 100 * part / whole), 2) if whole else 0.0

"""What the page of results draws: bars, and differences on a scale."""

from decimal import Decimal

from babel import Locale

from db.campaigns.campaign_results import CampaignResults
from lifecycle.comparison import Difference
from operations.results.figures import ReportFigures
from operations.results.report import CampaignReport
from starter.pages.results_page import ChartBar, earned, range_of, stages

FIGURES = ReportFigures(Locale("en", "US"), "USD")


def report(slug: str, revenue: str) -> CampaignReport:
    results = CampaignResults(slug, revenue=Decimal(revenue))
    return CampaignReport(slug, slug.title(), "EMAIL", "marketing", "live", results, (), (), (), (), None, None)


def test_the_best_campaign_comes_first_and_those_without_revenue_are_left_out() -> None:
    drawn = earned([report("care", "50"), report("shipped", "0"), report("win-back", "200")], FIGURES)
    assert drawn == [ChartBar("win-back", 100, 0, "$200.00"), ChartBar("care", 25, 0, "$50.00")]


def test_machines_are_drawn_behind_people_and_no_bar_is_longer_than_its_place() -> None:
    results = CampaignResults("care", sent=10, opened=4, opened_by_machines=3, orders=12)
    bars = {bar.name: (bar.length, bar.rest) for bar in stages(results, FIGURES)}
    assert bars == {"Sent": (100, 100), "Opened": (40, 70), "Clicked": (0, 0), "Orders": (100, 100)}


def test_a_scale_includes_zero_with_room_on_both_sides() -> None:
    scale = range_of(Difference(0.2, 0.1, 0.3))
    assert 0 < scale.zero < scale.low < scale.value < scale.high < 100
    negative = range_of(Difference(-0.2, -0.3, -0.1))
    assert 0 < negative.low < negative.value < negative.high < negative.zero < 100
    assert range_of(Difference(0.0, 0.0, 0.0)).zero == 50

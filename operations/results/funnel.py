"""The stages from a message that was sent to an order."""

from dataclasses import dataclass

from db.campaigns.campaign_results import CampaignResults
from operations.results.figures import ReportFigures


@dataclass(frozen=True)
class FunnelStage:
    """The number of messages that reached a stage, and of those that only `machines` moved there; `words` is text."""

    name: str
    count: int
    words: str
    machines: int = 0


def funnel(results: CampaignResults, figures: ReportFigures) -> list[FunnelStage]:
    """From sent to ordered. `Delivered` is left out if no provider reports it."""
    sent = results.sent
    stages = [FunnelStage("Sent", sent, figures.count(sent))]
    if results.told_of:
        stages.append(FunnelStage("Delivered", results.delivered, figures.delivered(results)))
    for name, people, machines in (
        ("Opened", results.opened, results.opened_by_machines),
        ("Clicked", results.clicked, results.clicked_by_machines),
    ):
        stages.append(FunnelStage(name, people, figures.people(people, machines, sent), machines))
    orders = f"{figures.count(results.orders)}, {figures.money(results.revenue)}"
    return [*stages, FunnelStage("Orders", results.orders, orders)]

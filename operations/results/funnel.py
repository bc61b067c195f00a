"""The way from a message that was sent to an order, stage by stage."""

from dataclasses import dataclass

from db.campaigns.campaign_results import Results
from operations.results.figures import Figures


@dataclass(frozen=True)
class Stage:
    """How many messages came this far, and how many more did by `machines` alone; `words` tell both."""

    name: str
    count: int
    words: str
    machines: int = 0


def funnel(results: Results, figures: Figures) -> list[Stage]:
    """From sent to ordered. What was delivered is left out where nobody told."""
    sent = results.sent
    stages = [Stage("Sent", sent, figures.count(sent))]
    if results.told_of:
        stages.append(Stage("Delivered", results.delivered, figures.delivered(results)))
    for name, people, machines in (
        ("Opened", results.opened, results.opened_by_machines),
        ("Clicked", results.clicked, results.clicked_by_machines),
    ):
        stages.append(Stage(name, people, figures.people(people, machines, sent), machines))
    orders = f"{figures.count(results.orders)}, {figures.money(results.revenue)}"
    return [*stages, Stage("Orders", results.orders, orders)]

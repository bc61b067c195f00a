"""The results of campaigns in the terminal: tables and bars."""

from collections.abc import Sequence
from decimal import Decimal

from rich.bar import Bar
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from db.campaigns.campaign_results import CampaignResults
from db.campaigns.holdouts import Holdout
from operations.results.figures import ReportFigures
from operations.results.funnel import funnel
from operations.results.report import CampaignReport, Lift, StepReport
from starter.commands.output import fields, table

BAR_WIDTH = 40
RESULTS = ("Sent", "Delivered", "Opened", "Clicked", "Orders", "Revenue", "Per message")
COUNTS = (
    *("Planned", "Waiting", "Skipped", "Failed", "Unknown", "Held out"),
    *("Bounced", "Complaints", "Unsubscribed"),
)


def show_all(console: Console, reports: Sequence[CampaignReport], figures: ReportFigures) -> None:
    """All campaigns, one a line, and their revenue as bars."""
    rows = [(report.slug, *_results(report.results, figures)) for report in reports]
    console.print(table(None, ("Campaign", *RESULTS), rows))
    console.print(Text("After a plus: opened or clicked by machines alone.\n", style="dim"))
    console.print(table("Planned messages", ("Campaign", *COUNTS), [_counts(report, figures) for report in reports]))
    earning = [report for report in reports if report.results.revenue > 0]
    if earning:
        most = max(report.results.revenue for report in earning)
        console.print(Text("\nRevenue", style="bold"))
        console.print(_bars([(r.slug, r.results.revenue, figures.money(r.results.revenue)) for r in earning], most))


def show_one(console: Console, report: CampaignReport, figures: ReportFigures) -> None:
    """One campaign in detail."""
    results = report.results
    console.print(Text(f"\n{report.slug}", style="bold"), Text(report.name, style="dim"))
    stages = [(stage.name, stage.count, stage.words) for stage in funnel(results, figures)]
    console.print(_bars(stages, results.sent))
    if results.told_of < results.sent:
        console.print(Text("Some providers send no delivery reports: what arrived is unknown.", style="dim"))
    if len(report.steps) > 1:
        rows = [(_name(step), *_results(step.results, figures)) for step in report.steps]
        console.print(table("By step", ("Step", *RESULTS), rows))
    if report.variants:
        console.print(_variants(report, figures))
    console.print(_holdout(report.holdout, report.lift, figures))
    if report.skipped:
        console.print(table("Not sent because", ("Reason", "Messages"), report.commonest_reasons()))


def _bars(rows: Sequence[tuple[str, Decimal | int, str]], most: Decimal | int) -> Padding:
    drawn = Table.grid(Column(), Column(width=BAR_WIDTH), Column(), padding=(0, 2))
    for name, value, words in rows:
        drawn.add_row(Text(name), Bar(float(most) or 1, 0, float(value), width=BAR_WIDTH, color="green"), Text(words))
    return Padding(drawn, (0, 0, 1, 2))


def _results(results: CampaignResults, figures: ReportFigures) -> tuple[str, ...]:
    return (
        figures.count(results.sent),
        figures.delivered(results),
        figures.people(results.opened, results.opened_by_machines, results.sent),
        figures.people(results.clicked, results.clicked_by_machines, results.sent),
        figures.count(results.orders),
        figures.money(results.revenue),
        figures.per_message(results),
    )


def _counts(report: CampaignReport, figures: ReportFigures) -> tuple[str, ...]:
    found = report.results
    counts = (found.planned, found.waiting, found.skipped, found.failed, found.unknown, found.held_out)
    soft = f" +{figures.count(found.soft_bounced)} soft" if found.soft_bounced else ""
    bounced = f"{figures.count(found.bounced)}{soft}"
    losses = (figures.count(found.complained), figures.count(found.unsubscribed))
    return report.slug, *map(figures.count, counts), bounced, *losses


def _name(step: StepReport) -> str:
    return f"{step.step}. {step.name}"


def _variants(report: CampaignReport, figures: ReportFigures) -> Group:
    rows = [
        (
            arm.variant,
            figures.count(arm.customers),
            figures.people(arm.clickers, 0, arm.customers),
            figures.people(arm.buyers, 0, arm.customers),
            figures.count(arm.sent),
            figures.money(arm.revenue),
            figures.per_message(arm),
            figures.count(arm.unsubscribed),
        )
        for arm in report.variants
    ]
    columns = (
        *("Variant", "Customers", "who clicked", "who ordered"),
        *("Sent", "Revenue", "Per message", "Unsubscribed"),
    )
    return Group(table("A/B test", columns, rows), *(Text(figures.lead(lead)) for lead in report.leads), Text())


def _holdout(holdout: Holdout | None, lift: Lift | None, figures: ReportFigures) -> Group | Table:
    if holdout is None or lift is None:
        return fields([("Holdout", "no holdout: there are no customers to compare with")])
    groups = (("held out", holdout.held_out), ("not held out", holdout.meant), ("of these, sent it", holdout.sent))
    rows = [
        (
            name,
            figures.count(group.customers),
            figures.people(group.buyers, 0, group.customers),
            figures.count(group.orders),
            figures.money(group.revenue),
            figures.per_customer(group.revenue, group.customers),
        )
        for name, group in groups
    ]
    columns = ("Holdout", "Customers", "who bought", "Orders", "Revenue", "Per customer")
    title = "All purchases in the window after the message was due, whether or not it caused them"
    words = [Text(f"difference: {line}") for line in figures.lift(lift)]
    return Group(table(title, columns, rows), *words, Text())

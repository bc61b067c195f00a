"""Counts, shares, money and differences as text, in the shop's locale."""

from dataclasses import dataclass
from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency, format_decimal, format_percent

from db.campaigns.campaign_results import CampaignResults
from lifecycle.comparison import LEAST_CUSTOMERS, LEAST_EVENTS, Difference
from operations.results.report import Lead, Lift

TOO_EARLY = f"too early to tell (from {LEAST_CUSTOMERS} customers on each side, {LEAST_EVENTS} of whom did it)"
UNREPORTED = "unknown"
"""How many messages were delivered, if the provider does not report it."""


@dataclass(frozen=True)
class ReportFigures:
    """How a shop writes its figures."""

    locale: Locale
    currency: str

    def count(self, number: int) -> str:
        """1,204."""
        return str(format_decimal(number, locale=self.locale))

    def share(self, part: int, whole: int) -> str:
        """12.5%, or a dash if `whole` is 0."""
        return self.rate(part / whole) if whole else "–"

    def rate(self, rate: float) -> str:
        """12.5%."""
        return str(format_percent(rate, format="#,##0.0%", locale=self.locale))

    def money(self, amount: Decimal | float) -> str:
        """$1,204.50, in the shop's currency."""
        return str(format_currency(Decimal(str(amount)), self.currency, locale=self.locale))

    def per_message(self, results: CampaignResults) -> str:
        """Revenue per message sent."""
        return self.money(results.revenue / results.sent) if results.sent else "–"

    def per_customer(self, amount: Decimal, customers: int) -> str:
        """Revenue per customer."""
        return self.money(amount / customers) if customers else "–"

    def delivered(self, results: CampaignResults) -> str:
        """The share of those sent by providers that report deliveries; unknown if none does."""
        if not results.sent:
            return "–"
        if not results.told_of:
            return UNREPORTED
        delivered = f"{self.count(results.delivered)} ({self.share(results.delivered, results.told_of)})"
        return (
            delivered if results.told_of == results.sent else f"{delivered} of {self.count(results.told_of)} reported"
        )

    def people(self, people: int, machines: int, of: int) -> str:
        """The number of people with their share, and after a plus the number of machines without people."""
        added = f" +{self.count(machines)}" if machines else ""
        return f"{self.count(people)} ({self.share(people, of)}){added}" if of else f"{self.count(people)}{added}"

    def points(self, difference: Difference) -> str:
        """A difference of two shares with its interval, in percentage points."""
        value, low, high = (self._signed(100 * part) for part in (difference.value, difference.low, difference.high))
        return f"{value} points ({low} to {high})"

    def gain(self, difference: Difference) -> str:
        """A difference of money with its interval."""
        value, low, high = (self._signed_money(part) for part in (difference.value, difference.low, difference.high))
        return f"{value} ({low} to {high})"

    def lead(self, lead: Lead) -> str:
        """Which variant is ahead, and how certain that is."""
        if lead.difference is None:
            return f"{lead.measure}: {TOO_EARLY}"
        found = self.points(lead.difference)
        if not lead.difference.is_significant:
            return f"{lead.measure}: no difference to be seen between {lead.leader} and {lead.runner_up}: {found}"
        return f"{lead.measure}: {lead.leader} is ahead of {lead.runner_up} by {found}"

    def lift(self, lift: Lift) -> tuple[str, str]:
        """The effect of the campaign on buyers and on revenue per customer, and how certain it is."""
        buyers = TOO_EARLY if lift.buyers is None else self.points(lift.buyers) + _certainty(lift.buyers)
        revenue = TOO_EARLY if lift.revenue is None else self.gain(lift.revenue) + _certainty(lift.revenue)
        return f"customers who bought: {buyers}", f"revenue per customer: {revenue}"

    def _signed(self, number: float) -> str:
        return str(format_decimal(number, format="+#,##0.0;-#,##0.0", locale=self.locale))

    def _signed_money(self, amount: float) -> str:
        written = self.money(round(abs(amount), 2))
        return f"{'-' if round(amount, 2) < 0 else '+'}{written}"


def _certainty(difference: Difference) -> str:
    return "" if difference.is_significant else ", which may be chance"

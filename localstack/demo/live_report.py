"""The report on the terminal while the demo runs: one line per step, one customer after the other."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lifecycle.messages import MessageStatus
from lifecycle.states import State
from localstack.demo.steps import DemoCustomer, DemoStep, ExpectedMessage

COLOURS = {
    State.VISITOR: "white",
    State.LEAD: "cyan",
    State.CUSTOMER: "green",
    State.REPEAT: "green",
    State.VIP: "magenta",
    State.AT_RISK: "yellow",
    State.CHURNED: "red",
    State.REACTIVATED: "blue",
}

WIDEST = 110
"""The most columns of a line, even on a wider terminal."""


@dataclass(frozen=True)
class FinishedStep:
    """A step that ended as expected, and the customer's time when it began."""

    step: DemoStep
    at: datetime


class LiveReport:
    """Prints steps customer by customer, although all customers run concurrently: later ones wait for earlier ones."""

    def __init__(self, customers: tuple[DemoCustomer, ...], console: Console) -> None:
        self._console = console
        self._remaining = deque(customers)
        self._finished: dict[str, deque[FinishedStep]] = {customer.email: deque() for customer in customers}
        self._shown = 0

    def step_finished(self, customer: DemoCustomer, step: DemoStep, at: datetime) -> None:
        """Add a finished step, and print what can be printed."""
        self._finished[customer.email].append(FinishedStep(step, at))
        self._show()
        while self._remaining and self._shown == len(self._remaining[0].steps):
            self._next_customer()

    def finish(self) -> None:
        """Print all remaining steps, even if a customer did not reach the last one."""
        while self._remaining:
            self._show()
            self._next_customer()

    def _next_customer(self) -> None:
        self._remaining.popleft()
        self._shown = 0
        self._show()

    def _show(self) -> None:
        if not self._remaining:
            return
        customer = self._remaining[0]
        finished = self._finished[customer.email]
        while finished:
            if self._shown == 0:
                self._console.print(Text(f"\n{customer.name}: {customer.about}", style="bold"))
            self._console.print(_row(finished.popleft(), self._console.width))
            self._shown += 1


def _row(finished: FinishedStep, width: int) -> Table:
    """One step: time, text, the customer's state and messages."""
    row = Table.grid(padding=(0, 2))
    row.width = min(width, WIDEST)
    row.add_column(width=16)
    row.add_column(ratio=5)
    row.add_column(width=11)
    row.add_column(ratio=3)
    row.add_row(
        Text(f"{finished.at:%Y-%m-%d %H:%M}", style="dim"),
        finished.step.text,
        Text(finished.step.state, style=COLOURS[finished.step.state]),
        Text("\n").join(_message_text(message) for message in finished.step.messages),
    )
    return row


def _message_text(message: ExpectedMessage) -> Text:
    name = message.campaign.replace("-", " ") + (f" {message.step}" if message.step > 1 else "")
    if message.status is MessageStatus.SENT:
        return Text(name)
    return Text(f"{name}: {message.status.lower()}", style="dim")

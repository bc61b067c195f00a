"""The live report: customers run at once, and are printed one after the other."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from lifecycle.messages import MessageStatus
from lifecycle.states import State
from localstack.demo.live_report import LiveReport
from localstack.demo.steps import DemoCustomer, DemoStep, ExpectedMessage

NOW = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
VISITS = DemoStep("visits", State.VISITOR)
BUYS = DemoStep(
    "buys",
    State.CUSTOMER,
    messages=(ExpectedMessage("care-guide"), ExpectedMessage("win-back", MessageStatus.SKIPPED, 2)),
)
ADA = DemoCustomer("Ada Adams", "ada@example.com", 1, "comes first", (VISITS, BUYS))
BEN = DemoCustomer("Ben Brown", "ben@example.com", 2, "comes second", (VISITS,))


def test_later_customers_wait() -> None:
    screen, report = _report()
    report.step_finished(BEN, VISITS, NOW)
    report.step_finished(ADA, VISITS, NOW)
    assert "Ben" not in screen.getvalue()
    report.step_finished(ADA, BUYS, NOW)
    assert _words(screen) == [
        "Ada Adams: comes first",
        "2026-03-01 10:30 visits VISITOR",
        "2026-03-01 10:30 buys CUSTOMER care guide",
        "win back 2: skipped",
        "Ben Brown: comes second",
        "2026-03-01 10:30 visits VISITOR",
    ]


def test_an_unfinished_customer_does_not_block_others() -> None:
    screen, report = _report()
    report.step_finished(ADA, VISITS, NOW)
    report.step_finished(BEN, VISITS, NOW)
    report.finish()
    assert [line for line in _words(screen) if ":" in line.split()[1]] == [
        "Ada Adams: comes first",
        "2026-03-01 10:30 visits VISITOR",
        "Ben Brown: comes second",
        "2026-03-01 10:30 visits VISITOR",
    ]


def _report() -> tuple[StringIO, LiveReport]:
    screen = StringIO()
    return screen, LiveReport((ADA, BEN), Console(file=screen, width=160))


def _words(screen: StringIO) -> list[str]:
    return [" ".join(line.split()) for line in screen.getvalue().splitlines() if line.strip()]

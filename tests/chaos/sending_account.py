"""The table of promises, cell by cell: what each message's row says against what arrived."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from lifecycle.campaigns import Purpose
from lifecycle.messages import MessageStatus
from tests.chaos.account import Finding
from tests.chaos.fates import Fate
from tests.chaos.sink import Sink
from tests.chaos.windows import Death, Window

_MESSAGES = text("""
    SELECT message.message_key, message.status, message.reason, campaign.purpose, rendered.subject
    FROM communications_log AS message
    JOIN campaign_steps AS campaign ON campaign.id = message.campaign_id
    LEFT JOIN rendered_messages AS rendered ON rendered.message_key = message.message_key
""")


@dataclass(frozen=True)
class Row:
    """A message as `communications_log` has it."""

    message_key: str
    status: str
    reason: str | None
    purpose: str
    subject: str | None


async def rows_of(engine: AsyncEngine) -> list[Row]:
    """All messages."""
    async with engine.connect() as connection:
        return [Row(**row) for row in (await connection.execute(_MESSAGES)).mappings()]


def rests(row: Row, sink: Sink) -> bool:
    """Whether a message is where the promises let it stay."""
    return row.status == MessageStatus.SENT or (row.status == MessageStatus.UNKNOWN and _at_most_once(row, sink))


def account(
    purpose: Purpose, rows: Sequence[Row], sink: Sink, orders: int, deaths: Sequence[Death], wanted: int
) -> list[Finding]:
    """One cell: a provider and a purpose, after `wanted` deaths in each window. Each order owes one message."""
    arrivals, cell = sink.arrivals, [row for row in rows if row.purpose == purpose]
    here = [death for death in deaths if death.purpose == purpose]
    died = Counter(death.window for death in here)
    marked = [death for death in here if death.window == Window.AFTER_MARK]
    repeated = sum(arrivals.of(death.message_key) > death.arrived for death in marked)
    sent = [row for row in cell if row.status == MessageStatus.SENT]
    unknown = [row for row in cell if row.status == MessageStatus.UNKNOWN]
    silent = [row for row in unknown if row.reason is None]
    astray = [row for row in cell if not rests(row, sink)]
    unseen = [row for row in cell if not arrivals.of(row.message_key)]
    lost = [row for row in unseen if not (row in unknown and _at_most_once(row, sink))]
    doubled = [row for row in cell if max(arrivals.of(row.message_key), arrivals.about(row.subject)) > 1]
    renamed = [row for row in cell if arrivals.keys_of(row.subject) > 1]
    reworded = [row for row in cell if arrivals.wordings(row.message_key) > 1]
    may_double = purpose is Purpose.TRANSACTIONAL and not sink.honours_keys
    return [
        *(Finding(f"killed {window}", died[window], died[window] == wanted > 0) for window in Window),
        Finding("messages, one an order", len(cell), len(cell) == orders > 0),
        Finding("  SENT", len(sent)),
        Finding("  UNKNOWN, visible", len(unknown), not silent),
        Finding("    of them never arrived", sum(row in unseen for row in unknown)),
        Finding("  where none may rest", len(astray), not astray),
        Finding("lost", len(lost), not lost),
        Finding("  though SENT", sum(row in sent for row in lost), not set(lost) & set(sent)),
        Finding("arrived more than once", len(doubled), may_double or not doubled),
        Finding("  after the mark", repeated, not repeated),
        Finding("  under another key", len(renamed), not renamed),
        Finding("  in other words", len(reworded), not reworded),
    ]


def account_of_provider(rows: Sequence[Row], sink: Sink) -> list[Finding]:
    """What concerns both purposes: what the provider did, and that nothing arrived but our messages."""
    arrived = sink.arrivals.times.total()
    strangers = arrived - sum(sink.arrivals.of(row.message_key) for row in rows)
    return [
        *(Finding(fate, sink.fates.counts[fate]) for fate in Fate),
        Finding("asked again for what had arrived", sink.asked_again, sink.asked_again > 0),
        Finding("arrivals", arrived),
        Finding("  of no message", strangers, strangers == 0),
    ]


def _at_most_once(row: Row, sink: Sink) -> bool:
    """Whether UNKNOWN is what was promised of such a message."""
    return row.purpose == Purpose.MARKETING and not sink.honours_keys

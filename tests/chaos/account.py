"""What must hold when everything has come to rest."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from email import policy
from email.parser import BytesHeaderParser
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from localstack.servers.mail_server import MailServer

REST_SECONDS = 240

_FIGURES = text("""
    SELECT (SELECT count(*) FROM event_inbox WHERE status = 'APPLIED') AS applied,
           (SELECT count(*) FROM event_inbox WHERE status <> 'APPLIED') AS not_applied,
           (SELECT coalesce(sum(order_count), 0) FROM customer_profiles) AS orders,
           (SELECT coalesce(sum(total_spend), 0) FROM customer_profiles) AS spend,
           (SELECT count(*) FROM communications_log AS message
              JOIN campaign_steps AS campaign ON campaign.id = campaign_id
             WHERE message.status IN ('PLANNED', 'CLAIMED')
                OR message.status = 'UNKNOWN' AND purpose = 'transactional') AS under_way
""")
_MESSAGES = text("""
    SELECT message_key, message.status, purpose FROM communications_log AS message
    JOIN campaign_steps AS campaign ON campaign.id = campaign_id
""")


@dataclass(frozen=True)
class Finding:
    """A figure, and whether it is what was promised."""

    what: str
    figure: object
    holds: bool = True


async def at_rest(engine: AsyncEngine, accepted: int) -> None:
    """Wait until everything accepted is applied and no message is under way, or for as long as it may take."""
    for _ in range(REST_SECONDS * 2):
        try:
            figures = await _row(engine)
        except SQLAlchemyError:
            figures = {}
        if figures and figures["applied"] >= accepted and figures["under_way"] == 0:
            return
        await asyncio.sleep(0.5)


async def account(engine: AsyncEngine, client: Client, mail: MailServer, accepted: dict[str, Decimal]) -> list[Finding]:
    """Compare what was accepted with what was applied, and what was promised with what arrived."""
    figures = await _row(engine)
    async with engine.connect() as connection:
        messages = [dict(row) for row in (await connection.execute(_MESSAGES)).mappings()]
    arrived = _arrived(mail)
    marketing = [m for m in messages if m["purpose"] == "marketing"]
    owed = [m for m in messages if m["purpose"] == "transactional"]
    doubled = [m for m in marketing if _times(m, arrived) > 1]
    unseen = [m for m in messages if m["status"] == "SENT" and not _times(m, arrived)]
    lost = [m for m in owed if m["status"] != "SENT" or not _times(m, arrived)]
    silent = [m for m in marketing if m["status"] not in {"SENT", "UNKNOWN"}]
    failed = await client.count_workflows("ExecutionStatus IN ('Failed', 'TimedOut')")
    spend = sum(accepted.values(), Decimal("0.00"))
    return [
        Finding("distinct orders accepted", len(accepted)),
        Finding("  applied in the ledger", figures["applied"], figures["applied"] == len(accepted)),
        Finding("  left over in the inbox", figures["not_applied"], figures["not_applied"] == 0),
        Finding("  counted in profiles", figures["orders"], figures["orders"] == len(accepted)),
        Finding("  spend in profiles", figures["spend"], figures["spend"] == spend),
        Finding("workflows that failed", failed.count, failed.count == 0),
        Finding("marketing messages", len(marketing), len(marketing) == len(accepted)),
        Finding("  doubled", len(doubled), not doubled),
        Finding("  UNKNOWN, visible, never repeated", sum(m["status"] == "UNKNOWN" for m in marketing)),
        Finding("  neither SENT nor UNKNOWN", len(silent), not silent),
        Finding("transactional messages", len(owed), len(owed) == len(accepted)),
        Finding("  lost", len(lost), not lost),
        Finding("  sent again under the same Message-ID", sum(_times(m, arrived) > 1 for m in owed)),
        Finding("SENT that never arrived", len(unseen), not unseen),
    ]


async def _row(engine: AsyncEngine) -> dict[str, Any]:
    async with engine.connect() as connection:
        return dict((await connection.execute(_FIGURES)).mappings().one())


def _arrived(mail: MailServer) -> Counter[str]:
    """How often each Message-ID arrived, by its part before the @, which begins the message's key."""
    headers = BytesHeaderParser(policy=policy.default)
    return Counter(
        headers.parsebytes(file.read_bytes())["Message-ID"].strip("<>").partition("@")[0] for file in mail.messages()
    )


def _times(message: dict[str, Any], arrived: Counter[str]) -> int:
    return sum(times for name, times in arrived.items() if message["message_key"].startswith(name))

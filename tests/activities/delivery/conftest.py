"""A post office: planned messages in PostgreSQL, a mail server, and deliveries run one by one."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import ActivityEnvironment

from activities.content.letter import Shop
from activities.content.link_tokens import LinkTokens
from activities.content.renderer import Renderer
from activities.content.written import TemplatesOnly, WrittenContent
from activities.delivery import Delivery, DeliveryOutcome, DeliveryRequest
from activities.delivery.composition import Composition
from activities.delivery.email_port import EmailPort
from activities.delivery.providers.file_outbox import FileOutbox
from activities.delivery.providers.smtp import SmtpEmail
from activities.delivery.rate_limit import RateLimit
from activities.delivery.recipient import Recipients
from activities.delivery.sms_port import SmsPort
from db.schema.tables import Campaign, Communication, CustomerProfile, Suppression
from lifecycle.campaigns import Channel, Exit
from lifecycle.gate import SendingRules
from localstack.servers.mail_server import MailServer
from localstack.servers.ports import reserve_port

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
KEY = "ab" * 32
CUSTOMER = "C" * 26
ADA = "ada@example.com"
SHOP = Shop(
    name="Cast & Iron",
    url="https://shop.example",
    postal_address="12 Foundry Lane, Exampleton",
    sender="Cast & Iron <hello@shop.example>",
    public_url="https://mail.shop.example",
    currency="USD",
    link_tokens=LinkTokens([b"link key of the tests"]),
    tracking=True,
)
PORT_TIMEOUT = timedelta(seconds=0.6)
SEND_TIMEOUT = timedelta(seconds=1)


class PostOffice:
    """Plants one message, delivers it as often as a test likes, and shows what became of it."""

    def __init__(self, engine: AsyncEngine, mail: MailServer, outbox: Path) -> None:
        self.engine = engine
        self.mail = mail
        self.outbox = outbox
        self.email: EmailPort = SmtpEmail(mail.url, PORT_TIMEOUT)
        self.sms: SmsPort = FileOutbox(outbox)
        self.limits: dict[Channel, RateLimit] = {}
        self.written: WrittenContent = TemplatesOnly()
        self.rules = SendingRules()
        self.recipients = Recipients()
        self.shop = SHOP

    async def plant(
        self,
        *,
        profile: dict[str, Any] | None = None,
        campaign: dict[str, Any] | None = None,
        message: dict[str, Any] | None = None,
        suppression: str | None = None,
    ) -> None:
        """A planned message about an order of Ada's, who agreed to e-mail; the arguments change columns."""
        values: dict[str, Any] = {
            "slug": "care-guide",
            "name": "Care guide",
            "trigger_event": "ORDER_PAID",
            "channel": "EMAIL",
            "purpose": "marketing",
            "status": "live",
            "subject": "How to look after your {{ product.name }}",
            "preheader": "For {{ customer.first_name }}",
            "template_body": "<p>Dear {{ customer.first_name }}, never soak the {{ product.name }}.</p>",
            **(campaign or {}),
        }
        async with self.engine.connect() as connection:
            customer = {"customer_email": ADA, "customer_id": CUSTOMER, "name": "Ada", "consent_email": True}
            await connection.execute(insert(CustomerProfile).values({**customer, **(profile or {})}))
            campaign_id = await connection.scalar(insert(Campaign).values(values).returning(Campaign.id))
            planned = {
                "message_key": KEY,
                "customer_id": CUSTOMER,
                "customer_email": ADA,
                "campaign_id": campaign_id,
                "channel": values["channel"],
                "trigger_event": "ORDER_PAID",
                "occurrence": "o-1",
                "status": "PLANNED",
                "sent_at": None,
                "triggered_at": NOW,
                "planned_at": NOW,
                "due_at": NOW,
                "expires_at": NOW + timedelta(days=1),
                "context": {"order": {"order_id": "o-1", "total": "199.00", "currency": "USD", "items": [SKILLET]}},
                "products": ["SKILLET"],
            }
            await connection.execute(insert(Communication).values({**planned, **(message or {})}))
            if suppression is not None:
                await connection.execute(
                    insert(Suppression).values(customer_id=CUSTOMER, channel=values["channel"], reason=suppression)
                )

    def delivery(self) -> Delivery:
        """The activities of one worker."""
        return Delivery(
            self.engine,
            Composition(self.engine, Renderer(self.shop), self.written),
            self.email,
            self.sms,
            rules=self.rules,
            recipients=self.recipients,
            send_timeout=SEND_TIMEOUT,
            limits=self.limits,
        )

    async def deliver(
        self, *, now: datetime = NOW, attempt: int = 1, happened: tuple[Exit, ...] = (), attempts: int = 0
    ) -> DeliveryOutcome:
        """Run the activity once. `attempt` is Temporal's, `attempts` the plan's."""
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, attempt=attempt)
        return await environment.run(self.delivery().deliver, DeliveryRequest(KEY, now, happened, attempts))

    async def row(self) -> dict[str, Any]:
        """The message as the log has it."""
        return (await self.rows("SELECT * FROM communications_log"))[0]

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """Rows of the database."""
        async with self.engine.connect() as connection:
            return [dict(row) for row in (await connection.execute(text(query))).mappings()]

    async def let_the_lease_run_out(self) -> None:
        """As if its time had passed."""
        async with self.engine.connect() as connection:
            await connection.execute(
                text("UPDATE communications_log SET lease_until = clock_timestamp() - interval '1 second'")
            )

    async def age_what_was_kept(self, span: timedelta) -> None:
        """As if what was rendered had been kept for so long."""
        async with self.engine.connect() as connection:
            await connection.execute(
                text("UPDATE rendered_messages SET created_at = created_at - CAST(:span AS interval)"), {"span": span}
            )

    def received(self) -> list[EmailMessage]:
        """What the mail server kept, parsed."""
        parser = BytesParser(policy=policy.default)
        return [parser.parsebytes(path.read_bytes()) for path in self.mail.messages()]


SKILLET = {"sku": "SKILLET", "name": "Cast Iron Skillet", "quantity": 1, "unit_price": "199.00"}


@pytest.fixture
async def mail(tmp_path: Path) -> AsyncIterator[MailServer]:
    """A mail server that keeps everything, until a test changes its behaviour."""
    port = reserve_port("SMTP_PORT", None, 22025)
    async with MailServer(port.number, tmp_path / "mail") as server:
        yield server
    port.release()


@pytest.fixture
async def post(
    clean_database: None, engine: AsyncEngine, mail: MailServer, tmp_path: Path
) -> AsyncIterator[PostOffice]:
    """A post office with an empty database."""
    office = PostOffice(engine, mail, tmp_path / "sms")
    yield office
    await office.email.close()
    await office.sms.close()

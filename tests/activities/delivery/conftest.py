"""A post office: planned messages in PostgreSQL, a mail server, and deliveries run one by one."""

from collections.abc import AsyncIterator, Callable
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

from activities.content.link_tokens import LinkTokens
from activities.content.message_draft import ShopDetails
from activities.content.renderer import Renderer
from activities.delivery import DeliveryOutcome, DeliveryRequest, MessageDelivery
from activities.delivery.composer import Composer
from activities.delivery.email_port import EmailPort
from activities.delivery.heartbeats import HEARTBEAT_SECONDS
from activities.delivery.providers.file_outbox import FileOutbox
from activities.delivery.providers.smtp import SmtpEmail
from activities.delivery.rate_limit import RateLimit
from activities.delivery.recipient import Recipients
from activities.delivery.sms_port import SmsPort
from activities.delivery.submission import Submission
from activities.writing.content_source import ContentSource, TemplatesOnly
from db.messages.claims import MessageClaims
from db.schema.tables import Communication, CustomerProfile, Suppression
from lifecycle.campaigns import Channel, Exit
from lifecycle.gate import SendingRules
from localstack.servers.mail_server import MailServer
from localstack.servers.ports import reserve_port
from tests.fixtures.campaign_rows import insert_step

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
KEY = "ab" * 32
CUSTOMER = "C" * 26
ADA = "ada@example.com"
SHOP = ShopDetails(
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
    """Plans one message, delivers it as often as a test wants, and shows its row and the mail that arrived."""

    def __init__(self, engine: AsyncEngine, mail: MailServer, outbox: Path) -> None:
        self.engine = engine
        self.mail = mail
        self.outbox = outbox
        self.email: EmailPort = SmtpEmail(mail.url, PORT_TIMEOUT)
        self.sms: SmsPort = FileOutbox(outbox)
        self.limits: dict[Channel, RateLimit] = {}
        self.content_source: ContentSource = TemplatesOnly()
        self.rules = SendingRules()
        self.recipients = Recipients()
        self.shop = SHOP
        self.messages: Callable[[AsyncEngine], MessageClaims] = MessageClaims
        self.heartbeat_seconds = HEARTBEAT_SECONDS

    async def plan(
        self,
        *,
        profile: dict[str, Any] | None = None,
        campaign: dict[str, Any] | None = None,
        message: dict[str, Any] | None = None,
        suppression: str | None = None,
    ) -> None:
        """Insert a planned message about an order of Ada, who consented to e-mail; the arguments change columns."""
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
            campaign_id = await connection.scalar(insert_step(values))
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

    def delivery(self) -> MessageDelivery:
        """The activities of one worker."""
        composer = Composer(self.engine, Renderer(self.shop), self.content_source)
        return MessageDelivery(
            self.messages(self.engine),
            composer,
            Submission(self.email, self.sms, composer.sender, SEND_TIMEOUT),
            rules=self.rules,
            recipients=self.recipients,
            limits=self.limits,
            heartbeat_seconds=self.heartbeat_seconds,
        )

    async def deliver(
        self, *, now: datetime = NOW, attempt: int = 1, happened: tuple[Exit, ...] = (), attempts: int = 0
    ) -> DeliveryOutcome:
        """Run the activity once. `attempt` is Temporal's, `attempts` the plan's."""
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, attempt=attempt)
        return await environment.run(self.delivery().deliver, DeliveryRequest(KEY, now, happened, attempts))

    async def row(self) -> dict[str, Any]:
        """The message's row."""
        return (await self.rows("SELECT * FROM communications_log"))[0]

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """Rows of the database."""
        async with self.engine.connect() as connection:
            return [dict(row) for row in (await connection.execute(text(query))).mappings()]

    async def expire_lease(self) -> None:
        """Have the lease expire."""
        async with self.engine.connect() as connection:
            await connection.execute(
                text("UPDATE communications_log SET lease_until = clock_timestamp() - interval '1 second'")
            )

    async def age_rendered_message(self, span: timedelta) -> None:
        """Have the stored message be older by `span`."""
        async with self.engine.connect() as connection:
            await connection.execute(
                text("UPDATE rendered_messages SET created_at = created_at - CAST(:span AS interval)"), {"span": span}
            )

    def received(self) -> list[EmailMessage]:
        """The e-mails that the mail server received, parsed."""
        parser = BytesParser(policy=policy.default)
        return [parser.parsebytes(path.read_bytes()) for path in self.mail.messages()]


SKILLET = {"sku": "SKILLET", "name": "Cast Iron Skillet", "quantity": 1, "unit_price": "199.00"}


@pytest.fixture
async def mail(tmp_path: Path) -> AsyncIterator[MailServer]:
    """A mail server that accepts everything, until a test changes its behaviour."""
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

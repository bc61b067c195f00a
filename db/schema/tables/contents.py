"""What a language model wrote, and what that cost."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CHAR, Date, Index, Numeric, String, text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import NOW, Base, one_of

CONTENT_STATUSES = ("WRITING", "FAILED", "PENDING", "APPROVED", "REJECTED")
COST = Numeric(12, 6)


class LanguageModelContent(Base):
    """The text about one product, written once and used for every customer.

    `content_key` is the SHA-256, in hexadecimal, of everything that decides the text: prompt, product, model, language.
    While it is WRITING its owner is `fence`, until `lease_until`; one that FAILED is not tried again before then, for
    the `reason` given. PENDING waits for approval; a text on which no person has decided has no `decided_at`. `body`
    has `heading`, `paragraphs` and `points`, plain text all. `input_tokens`, `output_tokens` and `cost` are of the
    request that wrote it, as far as the model reported them.
    """

    __tablename__ = "written_contents"
    __table_args__ = (one_of("status", CONTENT_STATUSES), Index(None, "status", "created_at"))

    content_key: Mapped[str] = mapped_column(CHAR(64), primary_key=True)
    slug: Mapped[str] = mapped_column(String(64))
    sku: Mapped[str] = mapped_column(String(255))
    product_name: Mapped[str]
    language: Mapped[str] = mapped_column(String(35))
    model: Mapped[str] = mapped_column(String(120))
    prompt: Mapped[str]
    status: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None]
    body: Mapped[dict[str, Any] | None]
    input_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    output_tokens: Mapped[int] = mapped_column(server_default=text("0"))
    cost: Mapped[Decimal] = mapped_column(COST, server_default=text("0"))
    fence: Mapped[str | None] = mapped_column(String(128))
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]


class LanguageModelUse(Base):
    """What language models were used for on one day, UTC; `cost` is in the currency of the configured prices."""

    __tablename__ = "language_model_use"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    requests: Mapped[int] = mapped_column(server_default=text("0"))
    tokens: Mapped[int] = mapped_column(server_default=text("0"))
    cost: Mapped[Decimal] = mapped_column(COST, server_default=text("0"))

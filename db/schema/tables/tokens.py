"""Who may speak to the gateway."""

from datetime import datetime

from sqlalchemy import CHAR, String
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import EMPTY_LIST, NOW, Base


class ApiToken(Base):
    """A bearer token by its key id. The secret itself is nowhere: `secret_hash` is its SHA-256 in hexadecimal."""

    __tablename__ = "api_tokens"

    key_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    secret_hash: Mapped[str] = mapped_column(CHAR(64))
    scopes: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    revoked_at: Mapped[datetime | None]

"""What there is once per installation."""

from datetime import datetime

from sqlalchemy import CHAR, CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.tables.base import NOW, Base


class Installation(Base):
    """A table of one row: the check and the key leave `id` only the value true."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id", name="single_row"),)

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    identity_key_fingerprint: Mapped[str] = mapped_column(CHAR(64))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)

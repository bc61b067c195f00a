"""Coupon pools in PostgreSQL."""

from tests.db.messages.conftest import drawer

__all__ = ["drawer"]

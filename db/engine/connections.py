"""How the application reaches PostgreSQL."""

from datetime import timedelta
from typing import Any

from pydantic_core import to_json
from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

_MILLISECOND = timedelta(milliseconds=1)
_CONNECT_TIMEOUT_SECONDS = 5
_RECYCLE_SECONDS = 30 * 60
# A peer that vanished without a word is noticed after 30 + 3 × 10 seconds, not after two hours.
_KEEPALIVES = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


def create_engine(url: str, *, pool_size: int = 5, statement_timeout: timedelta = timedelta(seconds=15)) -> AsyncEngine:
    """An engine on psycopg with at most `pool_size` connections, opened when first needed.

    It runs in autocommit: one statement is one transaction and one round trip. What takes several statements asks
    for a transaction by `connection.execution_options(isolation_level="READ COMMITTED")`. A statement that runs
    longer than `statement_timeout` is cancelled by the server. JSON columns take decimals (written as strings),
    aware datetimes (ISO 8601) and pydantic models.

    A `search_path` in the URL (`?options=-csearch_path%3Dname`) is kept.
    """
    address = psycopg_url(url)
    given = address.query.get("options", "")
    return create_async_engine(
        address,
        isolation_level="AUTOCOMMIT",
        json_serializer=json_text,
        # An error's text ends in logs and in Temporal's histories, which may contain no address.
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_CONNECT_TIMEOUT_SECONDS,
        pool_recycle=_RECYCLE_SECONDS,
        use_native_hstore=False,
        connect_args={
            "application_name": "retention",
            "connect_timeout": _CONNECT_TIMEOUT_SECONDS,
            "options": f"{given} -c statement_timeout={statement_timeout // _MILLISECOND}".strip(),
            # Statements prepared on the server break behind a pooler that shares connections.
            "prepare_threshold": None,
            **_KEEPALIVES,
        },
    )


def psycopg_url(url: str) -> URL:
    """`url` with the psycopg driver named, as SQLAlchemy needs it; any other driver is a `ValueError`."""
    address = make_url(url)
    if address.drivername not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ValueError(f"the database URL starts with {address.drivername}://, expected postgresql://")
    return address.set(drivername="postgresql+psycopg")


def json_text(value: Any) -> str:
    """`value` as JSON, with decimals as strings and datetimes in ISO 8601."""
    return to_json(value).decode()

"""Migration 0005 moves what the steps of a campaign share to one row, and takes the sentinel of removed steps away."""

from collections.abc import Iterator

import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import NullPool, create_engine

from db.engine.connections import psycopg_url
from db.schema.upgrade import migrate
from tests.fixtures.postgres import connect, schema_url

BEFORE = """
    INSERT INTO campaigns (id, slug, step, name, trigger_event, channel, status, purpose, delay_hours, template_body,
                           exit_on, holdout, prompt, locales)
    VALUES
      (1, 'cart', 1, 'Old name', 'REMOVED', 'EMAIL', 'paused', 'marketing', 0, 'first', '[]', 5, NULL, '{}'),
      (2, 'cart', 2, 'Cart', 'CART_ABANDONED', 'EMAIL', 'live', 'marketing', 23, 'second', '["purchase"]', 10, 'Write.',
       '{"de": {"body": "zweiter"}}'),
      (3, 'cart', 3, 'Cart', 'CART_ABANDONED', 'EMAIL', 'live', 'marketing', 48, 'third', '["purchase"]', 10, 'Write.',
       '{}'),
      (4, 'shipped', 1, 'Shipped', 'CUSTOM:shipped', 'SMS', 'draft', 'transactional', 0, 'sent', '[]', 0, NULL, '{}')
"""
MESSAGE = """
    INSERT INTO communications_log (message_key, customer_id, campaign_id, status, planned_at, due_at, expires_at)
    VALUES (repeat('a', 64), 'C', 1, 'PLANNED', now(), now(), now())
"""


@pytest.fixture(scope="module")
def upgraded(postgres_url: str, database_url: str) -> Iterator[str]:
    """The URL of a database that had campaigns before the migration."""
    with connect(database_url) as connection:
        [own] = connection.execute("SELECT current_schema()").fetchone() or [""]
    schema = f"{own}_campaigns"
    url = schema_url(postgres_url, schema)
    engine = create_engine(psycopg_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        migrate(connection, "0004_orders")
        connection.exec_driver_sql(BEFORE)
        connection.exec_driver_sql(MESSAGE)
        migrate(connection)
    yield url
    with connect(postgres_url) as connection:
        connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_the_first_step_that_is_still_there_says_what_the_campaign_is(upgraded: str) -> None:
    found = rows(
        upgraded,
        "SELECT slug, name, trigger_event, channel, status, purpose, exit_on, holdout, prompt FROM campaign_definitions"
        " ORDER BY slug",
    )
    assert found == [
        ("cart", "Cart", "CART_ABANDONED", "EMAIL", "live", "marketing", ["purchase"], 10, "Write."),
        ("shipped", "Shipped", "CUSTOM:shipped", "SMS", "draft", "transactional", [], 0, None),
    ]


def test_a_removed_step_has_a_time_in_place_of_the_sentinel(upgraded: str) -> None:
    found = rows(upgraded, "SELECT id, name, trigger_event, removed_at IS NOT NULL FROM campaigns ORDER BY id")
    assert found == [
        (1, "Cart", "CART_ABANDONED", True),
        (2, "Cart", "CART_ABANDONED", False),
        (3, "Cart", "CART_ABANDONED", False),
        (4, "Shipped", "CUSTOM:shipped", False),
    ]


def test_messages_refer_to_the_same_step_and_wait_if_it_was_removed(upgraded: str) -> None:
    found = rows(
        upgraded,
        "SELECT step, template_body, campaign_steps.status FROM communications_log JOIN campaign_steps"
        " ON campaign_steps.id = campaign_id",
    )
    assert found == [(1, "first", "paused")]


def test_texts_stay_with_their_steps(upgraded: str) -> None:
    found = rows(upgraded, "SELECT step, delay_hours, locales FROM campaigns WHERE slug = 'cart' ORDER BY step")
    assert found == [(1, 0, {}), (2, 23, {"de": {"body": "zweiter"}}), (3, 48, {})]

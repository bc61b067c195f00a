"""Texts by a language model, written straight into PostgreSQL."""

from typing import Any

import psycopg
from psycopg.types.json import Jsonb

BODY = {
    "heading": "Looking after it",
    "paragraphs": ["Wash [it] by hand.", "Dry it."],
    "points": ["Oil it."],
}
PENDING, ALIKE, APPROVED, FAILED = "abcdef01" + "0" * 56, "abcdef02" + "0" * 56, "1" * 64, "2" * 64


def write_texts(connection: psycopg.Connection) -> None:
    """Four texts of two campaigns: two that wait for approval, one approved, one failed."""
    _insert(connection, PENDING, "PENDING", "content-guide", BODY)
    _insert(connection, ALIKE, "PENDING", "content-other", BODY)
    _insert(connection, APPROVED, "APPROVED", "content-guide", BODY)
    _insert(connection, FAILED, "FAILED", "content-guide", None)


def _insert(connection: psycopg.Connection, key: str, status: str, slug: str, body: dict[str, Any] | None) -> None:
    connection.execute(
        """
        INSERT INTO written_contents (content_key, slug, sku, product_name, language, model, prompt, status, reason,
                                      body, input_tokens, output_tokens, cost)
        VALUES (%s, %s, 'SKILLET', 'Skillet', 'en-US', 'a-model', 'Write a guide.', %s, %s, %s, 120, 80, 0.00088)
        """,
        [key, slug, status, "it holds a price" if body is None else None, Jsonb(body) if body else None],
    )

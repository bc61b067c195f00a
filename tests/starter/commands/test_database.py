"""`retention db upgrade`, on a database of one's own."""

from uuid import uuid4

import pytest

from db.schema.upgrade import worker_url
from localstack.stack.stack import Stack
from tests.fixtures.postgres import schema_url
from tests.starter.commands.conftest import Command


def test_tables_role_and_search_attributes(quick: Command, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stack.settings.database_admin_url
    name = f"own_{uuid4().hex[:8]}"
    admin = schema_url(stack.settings.database_admin_url, name)
    monkeypatch.setenv("DATABASE_ADMIN_URL", admin)
    monkeypatch.setenv("DATABASE_URL", admin)
    early = quick("campaign", "list")
    assert early.status == 1
    assert early.error == "the database has no tables of this release: run `retention db upgrade`\n"

    monkeypatch.setenv("DATABASE_URL", worker_url(admin, f"worker_{name}", "hunter2"))
    done = quick("db", "upgrade", "--json").json
    assert done == {"worker_role": f"worker_{name}", "search_attributes_registered": []}
    again = quick("db", "upgrade", "--no-temporal")
    assert (again.status, again.output.count("\n")) == (0, 1)
    assert "hunter2" not in again.output
    assert quick("campaign", "list", "--json").json == []

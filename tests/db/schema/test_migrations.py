"""Migrations arrive at the models, are safe to repeat and to race, and leave the worker without DDL."""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import count
from multiprocessing import get_context
from typing import TypeVar

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, NullPool, create_engine, make_url

from db.engine.connections import psycopg_url
from db.schema.tables import Base
from db.schema.upgrade import UPGRADE_LOCK, UpgradeError, upgrade, worker_url
from tests.fixtures.postgres import WORKER_PASSWORD, WORKER_ROLE, connect, schema_url

Result = TypeVar("Result")

BRIEF: dict[str, list[tuple[object, ...]]] = {
    "customer_profiles": [
        ("customer_email", "character varying", 255, None),
        ("state", "character varying", 50, "'VISITOR'::character varying"),
        ("total_spend", "numeric", (10, 2), "0.00"),
        ("order_count", "integer", None, "0"),
        ("last_order_date", "timestamp with time zone", None, None),
        ("created_at", "timestamp with time zone", None, "now()"),
        ("updated_at", "timestamp with time zone", None, "now()"),
    ],
    "campaigns": [
        ("id", "integer", None, "nextval('campaigns_id_seq'::regclass)"),
        ("name", "character varying", 100, None),
        ("trigger_event", "character varying", 50, None),
        ("channel", "character varying", 20, None),
        ("template_body", "text", None, None),
        ("delay_hours", "integer", None, "0"),
    ],
    "communications_log": [
        ("id", "integer", None, "nextval('communications_log_id_seq'::regclass)"),
        ("customer_email", "character varying", 255, None),
        ("campaign_id", "integer", None, None),
        ("sent_at", "timestamp with time zone", None, "now()"),
        ("status", "character varying", 20, None),
    ],
}

COLUMNS = """
    SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, column_default
    FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s
    ORDER BY ordinal_position
"""
PRIMARY_KEY = """
    SELECT array_agg(attname::text) FROM pg_index
    JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
    WHERE indisprimary AND indrelid = %s::regclass
"""
# What the comparison of Alembic leaves out: checks, and how exactly defaults, keys and indexes are spelt.
DEFINITIONS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = current_schema()::regnamespace
    UNION ALL
    SELECT tablename, indexname, replace(indexdef, current_schema() || '.', '') FROM pg_indexes
    WHERE schemaname = current_schema()
    UNION ALL
    SELECT table_name, column_name, concat_ws(' ', data_type, is_nullable, column_default, identity_generation)
    FROM information_schema.columns WHERE table_schema = current_schema()
"""


@pytest.fixture
def fresh_schema(postgres_url: str, database_url: str) -> Iterator[Callable[[], str]]:
    """Makes empty schemas; each call gives the administrator's URL of a new one."""
    created: list[str] = []
    own = current_schema(database_url)
    numbers = count()

    def create() -> str:
        created.append(f"{own}_fresh_{next(numbers)}")
        return schema_url(postgres_url, created[-1])

    yield create
    with connect(postgres_url) as connection:
        for schema in created:
            connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))


def test_the_migrated_database_is_what_the_models_say(database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))

    assert in_transaction(database_url, differences) == []


def test_constraints_indexes_and_defaults_are_what_the_models_say(
    database_url: str, fresh_schema: Callable[[], str]
) -> None:
    from_models = fresh_schema()
    in_transaction(from_models, Base.metadata.create_all)

    expected = rows(from_models, DEFINITIONS)
    migrated = [row for row in rows(database_url, DEFINITIONS) if row[0] != "alembic_version"]

    assert len(expected) > 100
    assert set(migrated) == set(expected)


@pytest.mark.parametrize("table", BRIEF)
def test_the_tables_of_the_brief_have_its_columns_types_and_defaults(database_url: str, table: str) -> None:
    found: list[tuple[object, ...]] = [
        (name, kind, (precision, scale) if kind == "numeric" else length, default)
        for name, kind, length, precision, scale, default in rows(database_url, COLUMNS, [table])
    ]

    assert found[: len(BRIEF[table])] == BRIEF[table]
    assert rows(database_url, PRIMARY_KEY, [table]) == [([BRIEF[table][0][0]],)]


def test_a_planned_message_has_no_time_of_sending(database_url: str, clean_database: None) -> None:
    with connect(database_url) as connection:
        inserted = connection.execute(
            "INSERT INTO communications_log"
            " (message_key, customer_id, status, planned_at, due_at, expires_at, sent_at)"
            " VALUES (repeat('a', 64), 'C', 'PLANNED', now(), now(), now(), NULL) RETURNING sent_at"
        ).fetchone()

    assert inserted == (None,)


def test_upgrading_again_keeps_what_is_there(fresh_schema: Callable[[], str]) -> None:
    url = fresh_schema()
    upgrade(url, worker_password=WORKER_PASSWORD)
    with connect(url) as connection:
        connection.execute("INSERT INTO customer_profiles (customer_email, customer_id) VALUES ('e', 'C')")

    upgrade(url)

    assert rows(url, "SELECT customer_id FROM customer_profiles") == [("C",)]
    assert rows(url, "SELECT version_num FROM alembic_version") == [("0005_campaigns",)]
    assert rows(url, "SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [WORKER_ROLE]) == [(True,)]


def test_an_upgrade_waits_for_the_one_before_it(fresh_schema: Callable[[], str]) -> None:
    url = fresh_schema()
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"

    with ThreadPoolExecutor(1) as threads:
        with connect(url) as earlier:
            earlier.execute("SELECT pg_advisory_lock(%s)", [UPGRADE_LOCK])
            later = threads.submit(upgrade, url)
            while not rows(url, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
                assert not later.done(), "the upgrade did not wait"
            assert rows(url, tables) == []
        later.result()

    assert len(rows(url, tables)) == len(Base.metadata.tables) + 1


def test_upgrades_at_once_both_succeed(fresh_schema: Callable[[], str]) -> None:
    url = fresh_schema()

    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        results = list(processes.map(upgrade, [url] * 2))

    assert results == [None] * 2
    assert rows(url, "SELECT version_num FROM alembic_version") == [("0005_campaigns",)]


def test_everything_lands_in_the_schema_of_the_search_path(database_url: str) -> None:
    found = rows(database_url, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")

    assert {name for (name,) in found} == {*Base.metadata.tables, "alembic_version"}
    assert rows(database_url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == []


def test_a_search_path_that_names_no_schema_is_refused(postgres_url: str) -> None:
    nowhere = make_url(postgres_url).update_query_dict({"options": "-csearch_path=nowhere"})

    with pytest.raises(UpgradeError, match="names no existing schema"):
        upgrade(nowhere.render_as_string(hide_password=False))


def test_the_administrator_cannot_be_the_worker(fresh_schema: Callable[[], str]) -> None:
    url = fresh_schema()

    with pytest.raises(UpgradeError, match="a role of its own"):
        upgrade(url, worker_role=str(make_url(url).username))

    assert rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()") == []


def test_an_administrator_who_may_not_create_roles_is_told_so(fresh_schema: Callable[[], str]) -> None:
    url = fresh_schema()
    schema = current_schema(url)
    role = f"{schema}_owner"
    with connect(url) as connection:
        connection.execute(SQL("CREATE ROLE {} LOGIN PASSWORD 'secret'").format(Identifier(role)))
        connection.execute(SQL("ALTER SCHEMA {} OWNER TO {}").format(Identifier(schema), Identifier(role)))

    with pytest.raises(UpgradeError, match="may not create or change the role"):
        upgrade(worker_url(url, role, "secret"), worker_role=f"{schema}_worker")

    with connect(url) as connection:
        connection.execute(SQL("ALTER SCHEMA {} OWNER TO CURRENT_USER").format(Identifier(schema)))
        connection.execute(SQL("DROP ROLE {}").format(Identifier(role)))


def test_the_worker_reads_and_writes_rows(database_url: str, clean_database: None) -> None:
    with connect(as_worker(database_url)) as connection:
        connection.execute("INSERT INTO customer_profiles (customer_email, customer_id) VALUES ('e', 'C')")
        connection.execute("INSERT INTO event_inbox (event_id, status) VALUES ('event', 'RECEIVED')")
        connection.execute("UPDATE customer_profiles SET state = 'LEAD'")
        assert connection.execute("SELECT state FROM customer_profiles").fetchone() == ("LEAD",)
        assert connection.execute("DELETE FROM customer_profiles").rowcount == 1


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE extra (id int)",
        "ALTER TABLE campaigns ADD COLUMN extra int",
        "ALTER TABLE campaigns ALTER COLUMN name TYPE text",
        "CREATE INDEX extra ON campaigns (name)",
        "DROP TABLE campaigns CASCADE",
        "TRUNCATE campaigns CASCADE",
        "UPDATE alembic_version SET version_num = 'none'",
    ],
)
def test_the_worker_cannot_change_the_schema(database_url: str, statement: str) -> None:
    with (
        connect(as_worker(database_url)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_the_worker_may_use_tables_that_come_later(database_url: str) -> None:
    with connect(database_url) as connection:
        connection.execute("CREATE TABLE later (id serial PRIMARY KEY, note text)")
    try:
        with connect(as_worker(database_url)) as worker:
            worker.execute("INSERT INTO later (note) VALUES ('here')")
    finally:
        with connect(database_url) as connection:
            connection.execute("DROP TABLE later")


def test_the_server_never_sees_the_password(database_url: str) -> None:
    # A server that is asked to hash by MD5 would show that it did the hashing.
    options = f"-csearch_path={current_schema(database_url)} -cpassword_encryption=md5"
    url = make_url(database_url).update_query_dict({"options": options})

    upgrade(url.render_as_string(hide_password=False), worker_password=WORKER_PASSWORD)

    found = rows(database_url, "SELECT rolpassword FROM pg_authid WHERE rolname = %s", [WORKER_ROLE])
    assert str(found[0][0]).startswith("SCRAM-SHA-256$")


def as_worker(url: str) -> str:
    return worker_url(url, WORKER_ROLE, WORKER_PASSWORD)


def current_schema(url: str) -> str:
    return str(rows(url, "SELECT current_schema()")[0][0])


def rows(url: str, query: str, parameters: list[str] | None = None) -> list[tuple[object, ...]]:
    with connect(url) as connection:
        return connection.execute(query.encode(), parameters).fetchall()


def in_transaction(url: str, work: Callable[[Connection], Result]) -> Result:
    engine = create_engine(psycopg_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        return work(connection)

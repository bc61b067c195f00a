"""Brings a database to the schema this release needs, and opens it to the worker."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, NullPool, create_engine, func, select

from db.engine.connections import psycopg_url
from db.schema.worker_role import grant_to_worker

# Any constant will do, as long as every release locks by the same one.
UPGRADE_LOCK = 5_318_008_731


class UpgradeError(Exception):
    """The database could not be brought up to date; the message says what to do."""


def upgrade(admin_url: str, *, worker_role: str = "retention_worker", worker_password: str | None = None) -> None:
    """Migrate the database at `admin_url` to the newest schema and grant `worker_role` the use of its rows.

    Everything lands in the current schema, which a `search_path` in the URL may name. It is one transaction under
    a lock: two upgrades at once take turns, and one that fails leaves the database as it was. Repeating it is
    harmless. The role is created where it is missing; it can log in once a `worker_password` has been given.

    Raises `UpgradeError` if the search path names no existing schema, or if the URL's user is the worker's role or
    may not manage it; SQLAlchemy's errors come as they are.
    """
    engine = create_engine(psycopg_url(admin_url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(UPGRADE_LOCK)))
        schema = _current_schema(connection)
        if worker_role == connection.scalar(select(func.current_user())):
            raise UpgradeError(f"{worker_role} is the administrator here: the worker needs a role of its own")
        migrate(connection)
        try:
            grant_to_worker(connection, schema, worker_role, worker_password)
        except InsufficientPrivilege as error:
            raise UpgradeError(
                f"the user of the database URL may not create or change the role {worker_role}:"
                " let a database administrator run this once"
            ) from error


def migrate(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to `revision` inside the caller's transaction on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def worker_url(admin_url: str, role: str, password: str | None) -> str:
    """`admin_url` with its user and password exchanged for the worker's. The result holds a secret."""
    address = psycopg_url(admin_url).set(drivername="postgresql", username=role)
    # `set` takes None for "leave as it is"; an empty password is none to PostgreSQL.
    rendered = address.set(password=password or "").render_as_string(hide_password=False)
    # SQLAlchemy leaves a space in a password as it is, which psql and libpq refuse.
    return rendered.replace(" ", "%20")


def _current_schema(connection: Connection) -> str:
    schema = connection.scalar(select(func.current_schema()))
    if schema is None:
        raise UpgradeError("the search_path of the database URL names no existing schema: create it first")
    return str(schema)

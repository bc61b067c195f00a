"""The role the worker connects as: it reads and writes rows, and changes nothing about the tables."""

from typing import cast

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal
from sqlalchemy import Connection

_GRANTS = (
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    # Before PostgreSQL 15 everybody could create tables in `public`.
    "REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role}",
    "REVOKE INSERT, UPDATE, DELETE ON {schema}.alembic_version FROM {role}",
)


def grant_to_worker(connection: Connection, schema: str, role: str, password: str | None) -> None:
    """Create `role` where it is missing and grant it the rows of `schema`, in the caller's transaction.

    With a `password` the role can log in by it; without one, an existing login stays as it is.
    """
    session = cast("psycopg.Connection", connection.connection.driver_connection)
    names: dict[str, Composable] = {"schema": Identifier(schema), "role": Identifier(role)}
    if session.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
        _create(session, names)
    if password is not None:
        # The server is given the password's verifier only, so that no statement log can hold the password.
        verifier = session.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        change = SQL("ALTER ROLE {role} LOGIN PASSWORD {verifier}")
        session.execute(change.format(**names, verifier=Literal(verifier.decode())))
    for grant in _GRANTS:
        session.execute(SQL(grant).format(**names))


def _create(session: psycopg.Connection, names: dict[str, Composable]) -> None:
    # Roles belong to the whole server, and an upgrade of another database may be creating this one just now.
    try:
        with session.transaction():
            session.execute(SQL("CREATE ROLE {role}").format(**names))
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        return

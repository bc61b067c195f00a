"""Secrets of a local stack: generated at the first start, and stored beside its other files."""

import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from db.engine.connections import create_engine
from operations.access.tokens import new_token, read_token, store_token
from settings import Settings


def identity_key(settings: Settings, directory: Path) -> SecretStr:
    """The key from the settings, else the one stored in `directory`, which is generated at the first call.

    It is permanent: another key would give every customer a second workflow.
    """
    if settings.identity_key:
        return settings.identity_key
    return SecretStr(stored_secret(directory / "identity.key", lambda: secrets.token_urlsafe(32)))


async def development_token(database_url: str, file: Path) -> str:
    """The bearer token stored in `file`, with all scopes. It is added to the database if it is missing there."""
    text = stored_secret(file, lambda: new_token().text)
    token = read_token(text)
    if token is None:
        raise ValueError(f"{file.name} does not contain a token: delete it, and a new one will be generated")
    engine = create_engine(database_url)
    try:
        await store_token(engine, token, datetime.now(UTC))
    finally:
        await engine.dispose()
    return text


def stored_secret(file: Path, generate: Callable[[], str]) -> str:
    """The secret in `file`, which is generated at the first call and readable by its owner only."""
    if not file.exists():
        write_private(file, generate())
    return file.read_text()


def write_private(file: Path, text: str) -> None:
    """Write a file atomically, readable by its owner only."""
    unfinished = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as output:
        output.write(text)
    unfinished.rename(file)

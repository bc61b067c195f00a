"""The bearer token of a local stack, which a developer can use at once."""

from datetime import UTC, datetime
from pathlib import Path

from db.engine.connections import create_engine
from localstack.stack.stored_secret import stored_secret
from operations.access.tokens import new_token, read_token, store_token


async def development_token(database_url: str, file: Path) -> str:
    """The token stored in `file`, with all scopes. It is added to the database if it is missing there."""
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

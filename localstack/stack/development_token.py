"""The token with which whoever develops on this machine speaks to the gateway at once."""

from datetime import UTC, datetime
from pathlib import Path

from db.engine.connections import create_engine
from db.installation.tokens import add_token, list_tokens
from localstack.stack.kept_secret import kept_secret
from operations.access.bearer_token import Scope, new_token, read_token


async def development_token(database_url: str, file: Path) -> str:
    """The token kept in `file`, good for everything; the database is told of it where it does not know it."""
    text = kept_secret(file, lambda: new_token().text)
    token = read_token(text)
    if token is None:
        raise ValueError(f"{file.name} holds no token: delete it, and a new one will be made")
    engine = create_engine(database_url)
    try:
        if token.key_id not in {known.key_id for known in await list_tokens(engine)}:
            await add_token(engine, token.key_id, token.secret_hash, sorted(Scope), datetime.now(UTC))
    finally:
        await engine.dispose()
    return text

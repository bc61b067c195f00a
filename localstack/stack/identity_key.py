"""The identity key of a stack in development."""

import secrets
from pathlib import Path

from pydantic import SecretStr

from localstack.stack.kept_secret import kept_secret
from settings import Settings


def identity_key(settings: Settings, directory: Path) -> SecretStr:
    """The key that was set, else the one kept in `directory`, made at the first call.

    It is permanent: another key would give every customer a second workflow.
    """
    if settings.identity_key:
        return settings.identity_key
    return SecretStr(kept_secret(directory / "identity.key", lambda: secrets.token_urlsafe(32)))

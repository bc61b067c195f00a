"""The identity key of a local stack."""

import secrets
from pathlib import Path

from pydantic import SecretStr

from localstack.stack.stored_secret import stored_secret
from settings import Settings


def identity_key(settings: Settings, directory: Path) -> SecretStr:
    """The key from the settings, else the one stored in `directory`, which is generated at the first call.

    It is permanent: another key would give every customer a second workflow.
    """
    if settings.identity_key:
        return settings.identity_key
    return SecretStr(stored_secret(directory / "identity.key", lambda: secrets.token_urlsafe(32)))

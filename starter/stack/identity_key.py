"""The identity key of a stack in development."""

import os
import secrets
from pathlib import Path

from pydantic import SecretStr

from settings import Settings


def identity_key(settings: Settings, directory: Path) -> SecretStr:
    """The key that was set, else the one kept in `directory`, made at the first call and readable by its owner only.

    It is permanent: another key would give every customer a second workflow.
    """
    if settings.identity_key:
        return settings.identity_key
    kept = directory / "identity.key"
    if not kept.exists():
        # Renamed when complete, so that a crash leaves no half a key.
        unfinished = directory / "identity.key.new"
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        unfinished.rename(kept)
    return SecretStr(kept.read_text())

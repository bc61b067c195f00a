"""The settings of a command: those of the environment, completed by those of a running local stack."""

import os
from datetime import UTC, datetime

from localstack.stack.running_stacks import running_stack
from settings import Settings, load_settings


def find_settings() -> Settings:
    """The settings of this process; missing ones come from the local stack that runs in DATA_DIRECTORY, if any."""
    for name, value in (running_stack(load_settings().data_directory) or {}).items():
        if not os.environ.get(name):
            os.environ[name] = value
    return load_settings()


def now() -> datetime:
    """The current time, UTC."""
    return datetime.now(UTC)

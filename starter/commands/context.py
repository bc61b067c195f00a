"""What a command works with: the settings of this shell, or of the local stack that runs here."""

import os
from datetime import UTC, datetime

from localstack.stack.announcement import running_stack
from localstack.story.directory import DEMOS, running_demo
from settings import Settings, load_settings


def find_settings() -> Settings:
    """The settings of this process; what it does not set comes from the stack, or else the demo, that runs here."""
    directory = load_settings().data_directory
    found = running_stack(directory) or running_demo(directory / DEMOS) or {}
    for name, value in found.items():
        if not os.environ.get(name):
            os.environ[name] = value
    return load_settings()


def now() -> datetime:
    """The time at this terminal."""
    return datetime.now(UTC)

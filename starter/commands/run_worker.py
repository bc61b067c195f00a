"""`retention worker`: the worker process."""

import os
import sys

from localstack.stack.stack import WORKER
from starter.commands.context import find_settings
from starter.commands.options import example

EXAMPLE = example("retention worker")


def worker() -> None:
    """Run a worker until Ctrl-C or SIGTERM: it does what the customers' workflows ask for."""
    find_settings()
    # This process becomes the worker, so that signals and the exit status are its own.
    os.execv(sys.executable, [sys.executable, str(WORKER)])  # noqa: S606 - nothing here comes from outside

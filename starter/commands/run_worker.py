"""`retention worker`: the worker process."""

import os
import sys

import typer

from localstack.stack.stack import WORKER
from starter.commands.context import find_settings
from starter.commands.options import example

EXAMPLE = example("retention worker")

app = typer.Typer()


@app.command(epilog=EXAMPLE)
def worker() -> None:
    """Run a worker, which executes workflows and activities, until Ctrl-C or SIGTERM."""
    find_settings()
    # The worker replaces this process, so it gets its signals and sets its exit status.
    os.execv(sys.executable, [sys.executable, str(WORKER)])  # noqa: S606 - nothing here comes from outside

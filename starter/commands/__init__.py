"""The `retention` command: one file per group of commands."""

import logging
import os
import sys
import traceback
from typing import Annotated

import typer
from typer.main import get_command

from starter.commands.lazy_commands import lazy_group
from starter.commands.options import example

DEBUG = "--debug"

HERE = "starter.commands"

app = typer.Typer(
    cls=lazy_group(
        {
            "demo": f"{HERE}.demo:demo",
            "dev": f"{HERE}.dev:dev",
            "worker": f"{HERE}.run_worker:worker",
            "gateway": f"{HERE}.gateway:gateway",
            "doctor": f"{HERE}.doctor:doctor",
            "db": f"{HERE}.database",
            "token": f"{HERE}.token",
            "event": f"{HERE}.event",
            "customer": f"{HERE}.customer",
            "campaign": f"{HERE}.campaign",
            "coupon": f"{HERE}.coupon",
            "sending": f"{HERE}.sending",
            "content": f"{HERE}.content",
            "churn-check": f"{HERE}.churn_check",
            "import": f"{HERE}.imports",
            "inbox": f"{HERE}.inbox",
        }
    ),
    help="Customers as durable workflows: run the engine, send it events, manage customers and campaigns.",
    no_args_is_help=True,
    add_completion=False,
    epilog=example("retention dev"),
)


@app.callback()
def retention(
    debug: Annotated[bool, typer.Option(DEBUG, help="Show the traceback of an error; allowed anywhere.")] = False,
) -> None:
    """Options of all commands. `--debug` is declared for the help only: `run` removes it before parsing."""


def main() -> None:
    """Run the command line of this process. Exit status: 0 when done, 1 on failure, 2 on wrong use."""
    status = run(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Exit immediately: threads of Temporal's core outlive its clients, and may abort the interpreter's shutdown.
    os._exit(status)


def run(arguments: list[str]) -> int:
    """Run one command line; an error is one line on standard error. Returns the exit status."""
    debug = DEBUG in arguments
    wanted = [argument for argument in arguments if argument != DEBUG]
    # Logs of libraries are for debugging only.
    logging.basicConfig(handlers=None if debug else [logging.NullHandler()])
    try:
        status = get_command(app).main(wanted, prog_name="retention", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has closed the pipe; Python must not flush to it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (Exception, KeyboardInterrupt) as error:
        # The errors of every library in use are needed only now.
        from starter.commands.error_messages import error_message, exit_status  # noqa: PLC0415

        if debug:
            traceback.print_exception(error)
        status = exit_status(error)
        # Without a message the help was shown, and nothing needs to be added.
        if message := error_message(error):
            print(message, file=sys.stderr)
    return status if isinstance(status, int) else 0

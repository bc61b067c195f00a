"""The `retention` command: one file per group of commands."""

import logging
import os
import sys
import traceback
from typing import Annotated

import typer
from typer.main import get_command

from starter.commands import (
    campaign,
    churn_check,
    content,
    coupon,
    customer,
    database,
    demo,
    dev,
    doctor,
    event,
    gateway,
    imports,
    inbox,
    run_worker,
    sending,
    token,
)
from starter.commands.errors import error_message, exit_status
from starter.commands.options import example

DEBUG = "--debug"

app = typer.Typer(
    help="Customers as durable workflows: run the engine, send it events, manage customers and campaigns.",
    no_args_is_help=True,
    add_completion=False,
    epilog=example("retention dev"),
)
app.command(epilog=demo.EXAMPLE)(demo.demo)
app.command(epilog=dev.EXAMPLE)(dev.dev)
app.command("worker", epilog=run_worker.EXAMPLE)(run_worker.worker)
app.command(epilog=gateway.EXAMPLE)(gateway.gateway)
app.command(epilog=doctor.EXAMPLE)(doctor.doctor)
app.add_typer(database.app, name="db")
app.add_typer(token.app, name="token")
app.add_typer(event.app, name="event")
app.add_typer(customer.app, name="customer")
app.add_typer(campaign.app, name="campaign")
app.add_typer(coupon.app, name="coupon")
app.add_typer(sending.app, name="sending")
app.add_typer(content.app, name="content")
app.add_typer(churn_check.app, name="churn-check")
app.add_typer(imports.app, name="import")
app.add_typer(inbox.app, name="inbox")


@app.callback()
def retention(
    debug: Annotated[bool, typer.Option(DEBUG, help="Show the traceback of an error; allowed anywhere.")] = False,
) -> None:
    """Options of all commands. This one is here for its help: `run` removes it before."""


def main() -> None:
    """Run the command line of this process. Exit status: 0 when done, 1 on failure, 2 on wrong use."""
    status = run(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # At once: threads of Temporal's core that outlive its clients may abort an interpreter that ends slowly.
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
        # The reader of our output has closed it; Python must not flush it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exception(error)
        status = exit_status(error)
        # Without a message the help was shown, and nothing needs to be added.
        if message := error_message(error):
            print(message, file=sys.stderr)
    return status if isinstance(status, int) else 0

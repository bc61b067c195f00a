"""From whatever goes wrong to one line for the person at the terminal, and the exit status."""

import re
from pathlib import Path

import yaml
from psycopg.errors import InsufficientPrivilege, UndefinedTable
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from temporalio.client import WorkflowFailureError
from temporalio.service import RPCError, RPCStatusCode
from typer.exceptions import TyperException

from activities.content.templates import TemplateError
from db.installation.fingerprint import IdentityKeyMismatch
from db.schema.upgrade import UpgradeError
from lifecycle.campaign_file import InvalidCampaignFile
from localstack.servers.ports import PortTakenError
from localstack.servers.postgres import EmbeddedPostgresError
from localstack.servers.temporal_server import TemporalServerError
from localstack.stack.stack import StackError
from operations.access.errors import InvalidInput, OperationError, TemporalUnavailable
from operations.inbox.event_text import InvalidEvents
from retention_client.events import InvalidEvent
from retention_client.identity import InvalidAddress
from settings import SettingsError

FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130

ADDRESS = re.compile(r"[^\s'\"<>]+@[^\s'\"<>]+")

TEMPORAL_AWAY = str(TemporalUnavailable())
POSTGRES_AWAY = "PostgreSQL does not answer: check DATABASE_URL, or start `retention dev`"
NO_TABLES = "the database has no tables of this release: run `retention db upgrade`"
NO_RIGHTS = "the database role may not do that: check DATABASE_URL, or run `retention db upgrade`"

TEMPORAL_REFUSALS = {
    RPCStatusCode.UNAVAILABLE: TEMPORAL_AWAY,
    RPCStatusCode.DEADLINE_EXCEEDED: TEMPORAL_AWAY,
    RPCStatusCode.CANCELLED: TEMPORAL_AWAY,
    RPCStatusCode.UNAUTHENTICATED: "Temporal does not let us in: check TEMPORAL_API_KEY and TEMPORAL_TLS_*",
    RPCStatusCode.PERMISSION_DENIED: "Temporal does not let us do that: check TEMPORAL_API_KEY and TEMPORAL_NAMESPACE",
    RPCStatusCode.NOT_FOUND: "Temporal knows no such workflow or namespace: check TEMPORAL_NAMESPACE",
    RPCStatusCode.INVALID_ARGUMENT: "Temporal refuses a request: are its search attributes registered "
    "(`retention db upgrade`)? --debug shows more",
}


class Failed(Exception):
    """The command could not do what it was asked; the message is one line without personal data."""

    status = FAILED


class WrongUse(Failed):
    """The command was asked for something that makes no sense."""

    status = WRONG_USE


OF_THE_USER = (
    InvalidInput,
    SettingsError,
    InvalidEvent,
    InvalidEvents,
    InvalidAddress,
    InvalidCampaignFile,
    yaml.YAMLError,
)

PLAIN_SPOKEN = (
    Failed,
    OperationError,
    SettingsError,
    InvalidEvent,
    InvalidEvents,
    InvalidCampaignFile,
    EmbeddedPostgresError,
    IdentityKeyMismatch,
    PortTakenError,
    StackError,
    TemporalServerError,
    TemplateError,
    UpgradeError,
)
"""Errors whose message is written for whoever runs a command."""


def told(error: BaseException) -> tuple[int, str]:
    """The exit status, and what to say: one line, without any e-mail address.

    Only a file or an environment with several mistakes in it gets a line for each of them.
    """
    message = _message(error)
    lines = message.splitlines() if isinstance(error, SettingsError | InvalidCampaignFile) else [message]
    return _status(error), ADDRESS.sub("…@…", "\n".join(" ".join(line.split()) for line in lines))


def _status(error: BaseException) -> int:
    match error:
        case KeyboardInterrupt():
            return INTERRUPTED
        case Failed():
            return error.status
        case TyperException():
            return error.exit_code
    return WRONG_USE if isinstance(error, OF_THE_USER) else FAILED


def _message(error: BaseException) -> str:
    match error:
        case KeyboardInterrupt():
            return "interrupted"
        case TyperException():
            return error.format_message()
        case OSError(filename=str() | Path() as name, strerror=str(reason)):
            return f"{name}: {reason}"
    if isinstance(error, PLAIN_SPOKEN):
        return str(error)
    return _of_the_user(error) or _of_a_server(error) or f"failed with {type(error).__name__} (--debug shows where)"


def _of_the_user(error: BaseException) -> str | None:
    match error:
        case InvalidAddress():
            return f"the address {error}"
        case yaml.MarkedYAMLError(problem_mark=yaml.Mark() as mark):
            place = f"line {mark.line + 1}, column {mark.column + 1}"
            return f"the file is not YAML: {place} (is everything indented alike, and text with : # ? {{ in quotes?)"
        case yaml.YAMLError():
            return "the file is not YAML"
    return None


def _of_a_server(error: BaseException) -> str | None:
    match error:
        case RPCError():
            refused = f"Temporal refuses: {error.status.name.lower().replace('_', ' ')} (--debug shows more)"
            return TEMPORAL_REFUSALS.get(error.status, refused)
        case WorkflowFailureError():
            return "the workflow failed; the Temporal UI shows why"
        case SQLAlchemyError():
            return _of_postgres(error)
    return None


def _of_postgres(error: SQLAlchemyError) -> str:
    match error:
        case ProgrammingError() if isinstance(error.orig, UndefinedTable):
            return NO_TABLES
        case ProgrammingError() if isinstance(error.orig, InsufficientPrivilege):
            return NO_RIGHTS
        case OperationalError() | InterfaceError() | PoolTimeout():
            return POSTGRES_AWAY
    return f"PostgreSQL refuses: {type(error).__name__} (--debug shows more)"

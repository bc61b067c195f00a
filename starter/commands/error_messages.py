"""Turn any error into one line for the terminal, and into an exit status."""

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
from operations.campaigns.selection import UnknownCampaign
from retention_client.events import InvalidEvent
from retention_client.identity import InvalidAddress
from settings import SettingsError
from starter.commands.errors import FAILED, USAGE_ERROR, CommandError, without_addresses

INTERRUPTED = 130

ARGUMENTS = {
    "encoding": "--encoding",
    "event_id": "EVENT_ID",
    "expires_at": "--expires",
    "file": "FILE",
    "key": "KEY",
    "key_id": "KEY_ID",
    "map": "--map",
    "map_file": "--map-file",
    "pool": "POOL",
    "recipient": "--to",
    "refused": "--refused",
    "since": "--since",
    "statuses": "--status",
    "step": "--step",
    "until": "--until",
    "variant": "--variant",
}
"""The argument or option for an operation's field; other fields are shown unchanged."""

HINTS: dict[type[OperationError], str] = {UnknownCampaign: "`retention campaign list` shows all"}
"""What to do about an error, if a command helps."""

TEMPORAL_UNAVAILABLE = str(TemporalUnavailable())
POSTGRES_UNAVAILABLE = "PostgreSQL does not answer: check DATABASE_URL, or start `retention dev`"
NO_TABLES = "the database has no tables of this release: run `retention db upgrade`"
NO_PERMISSION = "the database role lacks a permission: check DATABASE_URL, or run `retention db upgrade`"

TEMPORAL_ERRORS = {
    RPCStatusCode.UNAVAILABLE: TEMPORAL_UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED: TEMPORAL_UNAVAILABLE,
    RPCStatusCode.CANCELLED: TEMPORAL_UNAVAILABLE,
    RPCStatusCode.UNAUTHENTICATED: "Temporal rejects the credentials: check TEMPORAL_API_KEY and TEMPORAL_TLS_*",
    RPCStatusCode.PERMISSION_DENIED: "Temporal denies permission: check TEMPORAL_API_KEY and TEMPORAL_NAMESPACE",
    RPCStatusCode.NOT_FOUND: "Temporal has no such workflow or namespace: check TEMPORAL_NAMESPACE",
    RPCStatusCode.INVALID_ARGUMENT: "Temporal rejects a request: are its search attributes registered "
    "(`retention db upgrade`)? --debug shows more",
}


USER_ERRORS = (
    InvalidInput,
    SettingsError,
    InvalidEvent,
    InvalidAddress,
    InvalidCampaignFile,
    yaml.YAMLError,
)

READABLE_ERRORS = (
    CommandError,
    SettingsError,
    InvalidEvent,
    InvalidCampaignFile,
    EmbeddedPostgresError,
    IdentityKeyMismatch,
    PortTakenError,
    StackError,
    TemporalServerError,
    TemplateError,
    UpgradeError,
)
"""Errors whose message is written for the person who runs a command."""


def error_message(error: BaseException) -> str:
    """One line without e-mail addresses; for invalid settings or campaign files, one line per mistake."""
    message = _message(error)
    lines = message.splitlines() if isinstance(error, SettingsError | InvalidCampaignFile) else [message]
    return without_addresses("\n".join(" ".join(line.split()) for line in lines))


def exit_status(error: BaseException) -> int:
    """1 on failure, 2 on wrong use, 130 when interrupted."""
    match error:
        case KeyboardInterrupt():
            return INTERRUPTED
        case CommandError():
            return error.status
        case TyperException():
            return error.exit_code
    return USAGE_ERROR if isinstance(error, USER_ERRORS) else FAILED


def _message(error: BaseException) -> str:
    match error:
        case KeyboardInterrupt():
            return "interrupted"
        case TyperException():
            return error.format_message()
        case OperationError():
            return _operation_message(error)
        case OSError(filename=str() | Path() as name, strerror=str(reason)):
            return f"{name}: {reason}"
    if isinstance(error, READABLE_ERRORS):
        return str(error)
    return _user_message(error) or _server_message(error) or f"failed with {type(error).__name__} (--debug shows where)"


def _operation_message(error: OperationError) -> str:
    argument = f"{ARGUMENTS.get(error.field, error.field)}: " if error.field else ""
    hint = HINTS.get(type(error))
    return f"{argument}{error.reason}" + (f" ({hint})" if hint else "")


def _user_message(error: BaseException) -> str | None:
    match error:
        case InvalidAddress():
            return f"the address {error}"
        case yaml.MarkedYAMLError(problem_mark=yaml.Mark() as mark):
            place = f"line {mark.line + 1}, column {mark.column + 1}"
            return f"the file is not YAML: {place} (is everything indented alike, and text with : # ? {{ in quotes?)"
        case yaml.YAMLError():
            return "the file is not YAML"
    return None


def _server_message(error: BaseException) -> str | None:
    match error:
        case RPCError():
            other = f"Temporal rejects a request: {error.status.name.lower().replace('_', ' ')} (--debug shows more)"
            return TEMPORAL_ERRORS.get(error.status, other)
        case WorkflowFailureError():
            return "the workflow failed; the Temporal UI shows why"
        case SQLAlchemyError():
            return _postgres_message(error)
    return None


def _postgres_message(error: SQLAlchemyError) -> str:
    match error:
        case ProgrammingError() if isinstance(error.orig, UndefinedTable):
            return NO_TABLES
        case ProgrammingError() if isinstance(error.orig, InsufficientPrivilege):
            return NO_PERMISSION
        case OperationalError() | InterfaceError() | PoolTimeout():
            return POSTGRES_UNAVAILABLE
    return f"PostgreSQL rejects a statement: {type(error).__name__} (--debug shows more)"

"""What a command works with: the settings, of this shell or of the stack that runs here, and ways to its servers."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowHandle, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from db.engine.connections import create_engine
from db.installation.fingerprint import check_identity_key
from localstack.stack.announcement import running_stack
from localstack.story.directory import DEMOS, running_demo
from retention_client.identity import (
    CUSTOMER_ID_LENGTH,
    WORKFLOW_PREFIX,
    customer_id,
    key_fingerprint,
    normalise_email,
    workflow_id,
)
from settings import Settings, load_settings
from starter.commands.errors import Failed, TemporalAway, WrongUse
from workflows.connection import connect

CONNECT_SECONDS = 10
ANSWER_WITHIN = timedelta(seconds=5)


@dataclass(frozen=True)
class CustomerRef:
    """A customer as they were named on the command line."""

    customer_id: str

    @property
    def workflow_id(self) -> str:
        """Their workflow."""
        return workflow_id(self.customer_id)

    def handle(self, client: Client) -> WorkflowHandle[Any, Any]:
        """Their workflow, whichever run it is in."""
        return client.get_workflow_handle(self.workflow_id)

    def ui_url(self, settings: Settings) -> str:
        """Their workflow in the Temporal UI, which wants the slash of the id quoted."""
        namespace = ClientConfig.load_client_connect_config().get("namespace", "default")
        return f"{settings.temporal_ui_url}/namespaces/{namespace}/workflows/{quote(self.workflow_id, safe='')}"


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


def identity_key(settings: Settings) -> bytes:
    """The key behind every customer's id."""
    if settings.identity_key is None:
        raise Failed("IDENTITY_KEY is not set: set it, or start `retention dev`")
    return settings.identity_key.get_secret_value().encode()


def find_customer(settings: Settings, given: str) -> CustomerRef:
    """The customer of an address, an id or a workflow id."""
    if "@" in given:
        return CustomerRef(customer_id(identity_key(settings), normalise_email(given)))
    customer = given.strip().removeprefix(WORKFLOW_PREFIX).upper()
    if len(customer) != CUSTOMER_ID_LENGTH or not customer.isalnum() or not customer.isascii():
        raise WrongUse("CUSTOMER: must be an e-mail address or a customer id")
    return CustomerRef(customer)


async def temporal(settings: Settings) -> Client:
    """A connection to Temporal, which has answered."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await connect(settings.payload_keys_by_id())
    except (RuntimeError, TimeoutError) as error:
        raise TemporalAway from error


async def ask_workflow(settings: Settings, named: CustomerRef) -> tuple[dict[str, Any] | None, str | None]:
    """What the customer's workflow says of itself, or else why it says nothing."""
    try:
        client = await temporal(settings)
        answer: dict[str, Any] = await named.handle(client).query("profile", rpc_timeout=ANSWER_WITHIN)
    except TemporalAway as error:
        return None, str(error)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None, "no workflow has been started"
        return None, "no worker answers: start `retention worker`"
    except (WorkflowQueryFailedError, WorkflowQueryRejectedError):
        return None, "the workflow gave no answer; the Temporal UI shows why"
    return answer, None


@asynccontextmanager
async def postgres(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The database, once it is certain that it belongs to this identity key."""
    if settings.database_url is None:
        raise Failed("DATABASE_URL is not set: set it, or start `retention dev`")
    engine = create_engine(settings.database_url)
    try:
        if settings.identity_key is not None:
            await check_identity_key(engine, key_fingerprint(identity_key(settings)))
        yield engine
    finally:
        await engine.dispose()

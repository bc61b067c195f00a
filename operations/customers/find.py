"""Finds a customer by address, customer id or workflow id, and queries the customer's workflow."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from temporalio.client import Client, WorkflowHandle, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from operations.access.database import identity_key
from operations.access.errors import InvalidInput
from retention_client.identity import CUSTOMER_ID_LENGTH, WORKFLOW_PREFIX, customer_id, normalise_email, workflow_id
from settings import Settings

QUERY_TIMEOUT = timedelta(seconds=5)


@dataclass(frozen=True)
class CustomerRef:
    """A customer, identified by the customer id."""

    customer_id: str

    @property
    def workflow_id(self) -> str:
        """The id of the customer's workflow."""
        return workflow_id(self.customer_id)

    def handle(self, client: Client) -> WorkflowHandle[Any, Any]:
        """The customer's workflow, in its latest run."""
        return client.get_workflow_handle(self.workflow_id)

    def ui_url(self, settings: Settings) -> str:
        """The URL of the customer's workflow in the Temporal UI, which requires the slash of the id to be quoted."""
        namespace = ClientConfig.load_client_connect_config().get("namespace", "default")
        return f"{settings.temporal_ui_url}/namespaces/{namespace}/workflows/{quote(self.workflow_id, safe='')}"


@dataclass(frozen=True)
class WorkflowAnswer:
    """What a customer's workflow answers to the query `profile`, or the `problem` that prevented an answer."""

    profile: dict[str, Any] | None = None
    problem: str | None = None


def find_customer(settings: Settings, given: str) -> CustomerRef:
    """Return the customer of an address, a customer id or a workflow id. Raises `InvalidInput` or `InvalidAddress`."""
    if "@" in given:
        return CustomerRef(customer_id(identity_key(settings), normalise_email(given)))
    found = given.strip().removeprefix(WORKFLOW_PREFIX).upper()
    if len(found) != CUSTOMER_ID_LENGTH or not found.isalnum() or not found.isascii():
        raise InvalidInput("must be an e-mail address or a customer id", field="customer")
    return CustomerRef(found)


async def query_workflow(client: Client, customer: CustomerRef) -> WorkflowAnswer:
    """Query a customer's workflow for its profile."""
    try:
        return WorkflowAnswer(await customer.handle(client).query("profile", rpc_timeout=QUERY_TIMEOUT))
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return WorkflowAnswer(problem="no workflow has been started")
        return WorkflowAnswer(problem="no worker answers: start `retention worker`")
    except (WorkflowQueryFailedError, WorkflowQueryRejectedError):
        return WorkflowAnswer(problem="the workflow's query failed; the Temporal UI shows why")

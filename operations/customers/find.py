"""Finding a customer by address, id or workflow id, and asking their workflow."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from temporalio.client import Client, WorkflowHandle, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from operations.access.connections import connect_temporal, identity_key
from operations.access.errors import InvalidInput, TemporalUnavailable
from retention_client.identity import CUSTOMER_ID_LENGTH, WORKFLOW_PREFIX, customer_id, normalise_email, workflow_id
from settings import Settings

QUERY_TIMEOUT = timedelta(seconds=5)


@dataclass(frozen=True)
class CustomerRef:
    """A customer, known by id alone."""

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


def find_customer(settings: Settings, given: str) -> CustomerRef:
    """The customer of an address, an id or a workflow id. Raises `InvalidInput` or `InvalidAddress`."""
    if "@" in given:
        return CustomerRef(customer_id(identity_key(settings), normalise_email(given)))
    customer = given.strip().removeprefix(WORKFLOW_PREFIX).upper()
    if len(customer) != CUSTOMER_ID_LENGTH or not customer.isalnum() or not customer.isascii():
        raise InvalidInput("must be an e-mail address or a customer id", field="CUSTOMER")
    return CustomerRef(customer)


async def query_profile(settings: Settings, customer: CustomerRef) -> tuple[dict[str, Any] | None, str | None]:
    """The answer of the workflow's query `profile`, or else why there is none."""
    try:
        client = await connect_temporal(settings)
        answer: dict[str, Any] = await customer.handle(client).query("profile", rpc_timeout=QUERY_TIMEOUT)
    except TemporalUnavailable as error:
        return None, str(error)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None, "no workflow has been started"
        return None, "no worker answers: start `retention worker`"
    except (WorkflowQueryFailedError, WorkflowQueryRejectedError):
        return None, "the workflow gave no answer; the Temporal UI shows why"
    return answer, None

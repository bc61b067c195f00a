"""From rows of the inbox to signals: one customer's events in their order, updates of one cart coalesced."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import structlog
from pydantic import ValidationError
from pydantic_core import from_json
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities.privacy.messages import ERASE_SHOP_ID, Erase, EraseWholeShop, Export, erasure_id, export_id
from db.inbox.arrivals import PendingEvent
from intake.door.incoming import PrivacyRequestType
from intake.signals.customer_workflows import RunningCustomers
from lifecycle.ledger_events import AnyEvent, read_ledger_json
from lifecycle.quiet_events import supersedes
from retention_client.customer_workflow import SIGNAL_TIMEOUT, event_argument
from retention_client.events import SIGNALS
from workflows.names import ERASE_CUSTOMER, ERASE_SHOP, EXPORT_CUSTOMER

CART_TYPES = frozenset({"ADD_TO_CART", "CART_UPDATED"})


@dataclass(frozen=True)
class SignalResult:
    """What became of one customer's events, by their ids.

    `superseded` events were not needed, because a later one says the same and more; `left` were not signalled, because
    of `problem`; `refused` can never be signalled.
    """

    signalled: tuple[str, ...]
    superseded: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    problem: str | None = None
    refused: tuple[str, ...] = ()


class UnreadableEvent(Exception):
    """The row in the inbox is nothing that this release can signal."""


class Signalling:
    """Signals the workflows of customers, and starts those that answer requests for data and erasure.

    The body of an event is sent as it is. It is the workflow that decodes it, and refuses what it cannot read.
    """

    def __init__(self, connect: Callable[[], Awaitable[Client]], task_queue: str) -> None:
        self._connect = connect
        self._task_queue = task_queue
        self._log = structlog.get_logger("signalling")

    async def signal_all(self, events: Sequence[PendingEvent]) -> SignalResult:
        """Signal one customer's events, in order, as far as Temporal accepts them."""
        superseded = frozenset(coalesced(events)[1])
        signalled: list[str] = []
        refused: list[str] = []
        done = 0
        problem: str | None = None
        try:
            for place, event in enumerate(events, start=1):
                if event.event_id in superseded:
                    continue
                try:
                    await self.signal(event)
                    signalled.append(event.event_id)
                except UnreadableEvent:
                    refused.append(event.event_id)
                done = place
        except RPCError as error:
            problem = f"Temporal: {error.status.name.lower().replace('_', ' ')}"
        except (RuntimeError, OSError):
            problem = "Temporal: unavailable"
        except WorkflowAlreadyStartedError:
            # The earlier request is still being answered, and may have read already what this one asks for.
            problem = "an earlier request is under way"
        except Exception as error:
            # Other customers' events must not wait for a fault in one customer's.
            problem = f"failed with {type(error).__name__}"
            self._log.warning("events not signalled", customer=events[0].customer_id, error=problem)
        return SignalResult(
            tuple(signalled),
            # A superseded update comes right before the one that is sent instead, and is done once that one is.
            superseded=tuple(event.event_id for event in events[:done] if event.event_id in superseded),
            left=tuple(event.event_id for event in events[done:]),
            problem=problem,
            refused=tuple(refused),
        )

    async def signal(self, event: PendingEvent) -> None:
        """Signal one event. Raises `UnreadableEvent`, Temporal's `RPCError`, or what connecting raises."""
        client = await self._connect()
        if event.type in set(PrivacyRequestType):
            await self._start(client, *_request(event))
            return
        signal = SIGNALS.get(event.type)
        if signal is None or event.body is None or event.customer_id is None or event.customer_email is None:
            raise UnreadableEvent
        customers = RunningCustomers(client, self._task_queue)
        await customers.start(
            event.customer_id, event.customer_email, signal, event_argument(event.event_id, event.body)
        )

    async def _start(self, client: Client, workflow: str, workflow_id: str, request: object) -> None:
        await client.start_workflow(
            workflow,
            request,
            id=workflow_id,
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            rpc_timeout=SIGNAL_TIMEOUT,
        )


def _request(event: PendingEvent) -> tuple[str, str, Any]:
    """Return the workflow that answers a request, its id, and its argument. Raises `UnreadableEvent`."""
    try:
        body = from_json(event.body or "")
        requested_by, occurred_at = str(body["requested_by"]), datetime.fromisoformat(body["occurred_at"])
    except (LookupError, TypeError, ValueError) as error:
        raise UnreadableEvent from error
    match event.type, event.customer_id:
        case PrivacyRequestType.ERASURE, str(customer_id):
            return ERASE_CUSTOMER, erasure_id(customer_id), Erase(customer_id, requested_by, occurred_at)
        case PrivacyRequestType.DATA, str(customer_id):
            return EXPORT_CUSTOMER, export_id(customer_id), Export(customer_id, requested_by)
        case PrivacyRequestType.SHOP_ERASURE, _:
            return ERASE_SHOP, ERASE_SHOP_ID, EraseWholeShop(requested_by, requested_by.partition(" ")[0])
    raise UnreadableEvent


def coalesced(events: Sequence[PendingEvent]) -> tuple[tuple[PendingEvent, ...], tuple[str, ...]]:
    """Return one customer's events without superseded cart updates, and the ids of those.

    Only neighbours are compared: an order in between may have closed the cart. Nothing but carts is decoded.
    """
    if not any(earlier.type in CART_TYPES and later.type in CART_TYPES for earlier, later in pairwise(events)):
        return tuple(events), ()
    needed: list[PendingEvent] = []
    superseded: list[str] = []
    later: AnyEvent | None = None
    for event in reversed(events):
        update = _cart_update(event)
        if update is not None and later is not None and supersedes(later, update):
            superseded.append(event.event_id)
        else:
            needed.append(event)
            later = update
    return tuple(reversed(needed)), tuple(superseded)


def _cart_update(event: PendingEvent) -> AnyEvent | None:
    try:
        return read_ledger_json(event.body) if event.type in CART_TYPES and event.body is not None else None
    except ValidationError:
        return None

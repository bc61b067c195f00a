"""From rows of the inbox to signals: one customer's events in their order, bursts of one cart as a single word."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities.privacy.messages import ERASE_SHOP_ID, Erase, EraseWholeShop, Export, erasure_id, export_id
from db.inbox.arrivals import PendingEvent
from intake.door.incoming import PrivacyRequestType
from intake.signals.customer_workflows import RunningCustomers
from lifecycle.quiet_events import supersedes
from retention_client.customer_workflow import SIGNAL_TIMEOUT
from retention_client.events import SIGNALS, AnyEvent, read_ledger
from workflows.names import ERASE_CUSTOMER, ERASE_SHOP, EXPORT_CUSTOMER


@dataclass(frozen=True)
class SignalResult:
    """What became of events: signalled, not needed after all, or not signalled because Temporal answered `trouble`.

    `refused` cannot be signalled at all: what stands in the inbox is no event that this release can read.
    """

    signalled: tuple[str, ...]
    superseded: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    trouble: str | None = None
    refused: tuple[str, ...] = ()


class UnreadableEvent(Exception):
    """What stands in the inbox cannot be told to anybody."""


class Signalling:
    """Signals the workflows of customers, and starts those that answer requests for data and erasure."""

    def __init__(self, connect: Callable[[], Awaitable[Client]], task_queue: str) -> None:
        self._connect = connect
        self._task_queue = task_queue
        self._log = structlog.get_logger("signalling")

    async def tell(self, events: Sequence[PendingEvent]) -> SignalResult:
        """Tell one customer's workflow of their events, in order, as far as Temporal takes them."""
        _, superseded = coalesced(events)
        needless = frozenset(superseded)
        signalled: list[str] = []
        refused: list[str] = []
        done = 0
        trouble: str | None = None
        try:
            client = await self._connect()
            for place, event in enumerate(events, start=1):
                if event.event_id in needless:
                    continue
                try:
                    await self._tell(client, event)
                    signalled.append(event.event_id)
                except UnreadableEvent:
                    refused.append(event.event_id)
                done = place
        except RPCError as error:
            trouble = f"Temporal: {error.status.name.lower().replace('_', ' ')}"
        except (RuntimeError, OSError):
            trouble = "Temporal: unavailable"
        except WorkflowAlreadyStartedError:
            # An earlier request is still being answered, and may have read already what this one asks for.
            trouble = "an earlier request is under way"
        except Exception as error:
            # Whatever is wrong with one customer's events, the others' must not wait for it.
            trouble = f"failed with {type(error).__name__}"
            self._log.warning("events not signalled", customer=events[0].customer_id, error=trouble)
        # A needless word comes right before the one that is told instead, and counts as told once that one is.
        superseded = tuple(event.event_id for event in events[:done] if event.event_id in needless)
        left = tuple(event.event_id for event in events[done:])
        return SignalResult(tuple(signalled), superseded, left, trouble, tuple(refused))

    async def _tell(self, client: Client, event: PendingEvent) -> None:
        try:
            request = self._request(event) if event.type in set(PrivacyRequestType) else None
            if request is None:
                read_ledger(event.body)
        except (ValidationError, LookupError, TypeError, ValueError) as error:
            raise UnreadableEvent from error
        if request is not None:
            await self._start(client, *request)
        elif event.customer_id and event.customer_email:
            customers = RunningCustomers(client, self._task_queue)
            await customers.start(event.customer_id, event.customer_email, SIGNALS[event.type], event.body)
        else:
            raise UnreadableEvent

    def _request(self, event: PendingEvent) -> tuple[str, str, Any]:
        """The workflow that answers a request, its id, and what it is given."""
        requested_by = str(event.body["requested_by"])
        match event.type, event.customer_id:
            case PrivacyRequestType.ERASURE, str(customer):
                asked = datetime.fromisoformat(event.body["occurred_at"])
                return ERASE_CUSTOMER, erasure_id(customer), Erase(customer, requested_by, asked)
            case PrivacyRequestType.DATA, str(customer):
                return EXPORT_CUSTOMER, export_id(customer), Export(customer, requested_by)
            case PrivacyRequestType.SHOP_ERASURE, _:
                return ERASE_SHOP, ERASE_SHOP_ID, EraseWholeShop(requested_by, requested_by.partition(" ")[0])
        raise ValueError("nobody's request")

    async def _start(self, client: Client, workflow: str, workflow_id: str, request: object) -> None:
        await client.start_workflow(
            workflow,
            request,
            id=workflow_id,
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            rpc_timeout=SIGNAL_TIMEOUT,
        )


def coalesced(events: Sequence[PendingEvent]) -> tuple[tuple[PendingEvent, ...], tuple[str, ...]]:
    """One customer's events without the words on a cart that the next one makes needless, and the ids of those.

    Anything else in between keeps them apart: an order may have closed the cart.
    """
    needed: list[PendingEvent] = []
    superseded: list[str] = []
    later: AnyEvent | None = None
    for event in reversed(events):
        read = _cart_change(event)
        if read is not None and later is not None and supersedes(later, read):
            superseded.append(event.event_id)
        else:
            needed.append(event)
            later = read
    return tuple(reversed(needed)), tuple(superseded)


def _cart_change(event: PendingEvent) -> AnyEvent | None:
    try:
        return read_ledger(event.body) if event.type in {"ADD_TO_CART", "CART_UPDATED"} else None
    except ValidationError:
        return None

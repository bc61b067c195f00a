"""OrderProcessor: reads and writes a customer in PostgreSQL for the customer's workflow."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.profiles.ledger import customer_from_ledger, stored_orders
from activities.profiles.messages import CONFLICT, ERASED, PERMANENT, CustomerWrite, Opened, OpenRequest, WriteResult
from db.customers import profiles, writes
from db.customers.profiles import CustomerErased, Epoch, ErasureUnderWay
from lifecycle.campaigns import Campaign, Exit
from lifecycle.frequency import REMEMBERED
from lifecycle.messages import NewMessage, PastMessage, PlannedMessage, ended
from lifecycle.planning import plan
from lifecycle.policy import Policy
from lifecycle.snapshot import pack_customer, pack_policy

MOST_UNAPPLIED = 500


class OrderProcessor:
    """The activities that read and write one customer; two round trips for an order, one for most other events."""

    def __init__(self, engine: AsyncEngine, policy: Policy) -> None:
        self._engine = engine
        self._policy = policy

    @activity.defn(name="open_customer")
    async def open(self, request: OpenRequest) -> Opened:
        """Take a new epoch and rebuild the customer from the ledger. Fails with `ERASED` for an erased customer.

        Rows of `orders` that differ from the ledger are corrected.
        """
        async with self._connection() as connection:
            epoch = await _take_epoch(connection, request)
            ledger = await profiles.load_ledger(
                connection,
                customer_id=request.customer_id,
                now=request.now,
                most_unapplied=MOST_UNAPPLIED,
                counting=REMEMBERED,
            )
            rebuilt = customer_from_ledger(request, ledger, self._policy, epoch)
            if stored_orders(ledger) != set(rebuilt.orders):
                await writes.replace_orders(connection, request.customer_id, epoch, rebuilt.orders, request.now)
        return Opened(
            pack_customer(rebuilt.customer),
            pack_policy(self._policy),
            tuple(ledger["unapplied"]),
        )

    @activity.defn(name="persist_change")
    async def persist(self, change: CustomerWrite) -> WriteResult:
        """Write a change, and plan the messages of the campaigns that it triggers.

        A repeated write is recognised and changes nothing. Fails with `CONFLICT` when another write came between,
        and with `PERMANENT` when the database refuses the values.
        """
        async with self._connection() as connection:
            messages, endings = await self._answers(connection, change)
            written = await writes.write_customer(
                connection,
                _document(change, messages, endings),
                customer_id=change.customer_id,
                email=change.email,
                epoch=change.epoch,
                revision=change.revision,
                write_id=change.write_id,
                now=change.now,
            )
            if written is None:
                raise ApplicationError("the customer's row is gone", type=CONFLICT, non_retryable=True)
            planned = written["planned"]
            if written["written"] is None:
                if (written["epoch"], written["last_write"]) != (change.epoch, change.write_id):
                    raise ApplicationError("another write came between", type=CONFLICT, non_retryable=True)
                planned = await profiles.still_planned(connection, [message.key for message in messages])
        activity.logger.info(
            "change written",
            extra={
                "state": change.profile.state.value,
                "events": [event.type for event in change.events],
                "revision": change.revision + 1,
                "messages": len(planned),
            },
        )
        return WriteResult(
            revision=change.revision + 1,
            planned=tuple(_planned(message) for message in messages if message.key in planned),
            ended=tuple(endings),
            policy=None if change.policy == self._policy else pack_policy(self._policy),
        )

    @activity.defn(name="close_customer")
    async def close(self, customer_id: str, epoch: int, now: datetime) -> None:
        """Record that the customer's workflow was stopped on purpose."""
        async with self._connection() as connection:
            await profiles.mark_stopped(connection, customer_id=customer_id, epoch=epoch, now=now)

    async def _answers(
        self, connection: AsyncConnection, change: CustomerWrite
    ) -> tuple[tuple[NewMessage, ...], dict[str, str]]:
        if not change.triggers and not change.happened:
            return (), {}
        answers = await profiles.load_answers(
            connection,
            change.customer_id,
            [trigger.event for trigger in change.triggers],
            list(change.happened),
        )
        messages = plan(
            change.customer_id,
            change.triggers,
            [Campaign.model_validate(row) for row in answers["campaigns"]],
            [_past(row) for row in answers["past"]],
            order_count=change.profile.order_count,
            now=change.now,
            policy=self._policy,
        )
        endings = {
            key: reason
            for key, exits in answers["exits"].items()
            if (reason := ended(frozenset(change.happened[key]), frozenset(map(Exit, exits))))
        }
        return messages, endings

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._engine.connect() as connection:
                yield connection
        except (DataError, IntegrityError) as error:
            raise ApplicationError(
                f"PostgreSQL refuses the values: {type(error.orig).__name__}", type=PERMANENT, non_retryable=True
            ) from None


async def _take_epoch(connection: AsyncConnection, request: OpenRequest) -> Epoch:
    try:
        return await profiles.take_epoch(
            connection, customer_id=request.customer_id, email=request.email, now=request.now
        )
    except CustomerErased:
        raise ApplicationError("the customer was erased", type=ERASED, non_retryable=True) from None
    except ErasureUnderWay:
        raise ApplicationError("the customer is being erased, and came back", type="ErasureUnderWay") from None


def _past(row: dict[str, Any]) -> PastMessage:
    return PastMessage(
        row["slug"], row["occurrence"], datetime.fromisoformat(row["triggered_at"]), tuple(row["products"])
    )


def _planned(message: NewMessage) -> PlannedMessage:
    return PlannedMessage(
        key=message.key,
        campaign=message.name,
        due_at=message.due_at,
        trigger=message.trigger.event,
        occurrence=message.trigger.occurrence,
        triggered_at=message.trigger.at,
        marketing=message.marketing,
        priority=message.priority,
    )


def _document(change: CustomerWrite, messages: tuple[NewMessage, ...], endings: dict[str, str]) -> dict[str, Any]:
    return {
        "profile": asdict(change.profile),
        "events": [asdict(event) for event in change.events],
        "refused": [asdict(refused) for refused in change.refused],
        "transitions": [asdict(step) for step in change.transitions],
        "orders": [asdict(order) for order in change.orders],
        "messages": [
            {
                **asdict(_planned(message)),
                "campaign_id": message.campaign_id,
                "expires_at": message.expires_at,
                "skipped": message.skipped,
                "context": message.trigger.context,
                "products": message.products,
                "variant": message.variant,
                "held_out": message.held_out,
            }
            for message in messages
        ],
        "ended": [{"key": key, "reason": reason} for key, reason in endings.items()],
    }

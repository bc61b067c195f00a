"""Carts: keyed by `cart_id`, one countdown each, abandoned at most once."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from lifecycle.policy import Policy
from lifecycle.standing import BEGINNING
from retention_client.events import Cart, CartChanged, OrderPaid

MOST_OPEN = 20
MOST_CLOSED = 50


@dataclass(frozen=True)
class OpenCart:
    """A cart that was neither bought nor emptied. Once `abandoned`, its countdown never fires again."""

    updated_at: datetime
    cart: Cart
    abandoned: bool = False


@dataclass(frozen=True)
class Carts:
    """Open carts by id, the ids of closed carts, which never reopen, and when the last series of messages began."""

    open: dict[str, OpenCart] = field(default_factory=dict)
    closed: tuple[str, ...] = ()
    closed_before: datetime = BEGINNING
    last_series_at: datetime | None = None


def change_cart(carts: Carts, event: CartChanged) -> Carts:
    """Replace a cart by its newest update. An older update changes nothing, unless it empties the cart."""
    cart_id = event.cart.cart_id
    known = carts.open.get(cart_id)
    if cart_id in carts.closed:
        return carts
    if not event.cart.items:
        return _close(carts, [cart_id])
    if event.occurred_at <= carts.closed_before or (known is not None and event.occurred_at < known.updated_at):
        return carts
    fresh = OpenCart(event.occurred_at, event.cart, abandoned=known is not None and known.abandoned)
    others = {key: value for key, value in carts.open.items() if key != cart_id}
    opened = replace(carts, open={**others, cart_id: fresh})
    return _close(opened, list(opened.open)[:-MOST_OPEN])


def close_by_order(carts: Carts, event: OrderPaid) -> Carts:
    """Close the cart that an order names; an order that names no known cart closes all carts updated before it."""
    named = event.order.cart_id
    if named is not None and (named in carts.open or named in carts.closed):
        return _close(carts, [named])
    bought = [key for key, value in carts.open.items() if value.updated_at <= event.occurred_at]
    closed = _close(carts, [*bought, *([named] if named else [])])
    return replace(closed, closed_before=max(closed.closed_before, event.occurred_at))


def next_abandonment(carts: Carts, policy: Policy) -> datetime | None:
    """When the next open cart counts as abandoned; None without one."""
    return min(
        (found.updated_at + policy.cart_timeout for found in carts.open.values() if not found.abandoned),
        default=None,
    )


def abandon(carts: Carts, now: datetime, policy: Policy) -> tuple[Carts, tuple[OpenCart, ...]]:
    """Mark carts whose countdown ran out; return those that begin a series of messages, at most one per pause."""
    due = sorted(
        (
            (found.updated_at, key)
            for key, found in carts.open.items()
            if not found.abandoned and found.updated_at + policy.cart_timeout <= now
        ),
        reverse=True,
    )
    begun: tuple[OpenCart, ...] = ()
    for updated_at, key in due:
        found = carts.open[key]
        moment = updated_at + policy.cart_timeout
        quiet = carts.last_series_at is None or moment - carts.last_series_at >= policy.nudge_pause
        carts = replace(carts, open={**carts.open, key: replace(found, abandoned=True)})
        if quiet and not begun:
            begun = (found,)
            carts = replace(carts, last_series_at=moment)
    return carts, begun


def _close(carts: Carts, cart_ids: list[str]) -> Carts:
    if not cart_ids:
        return carts
    remaining = {key: value for key, value in carts.open.items() if key not in cart_ids}
    closed = tuple(dict.fromkeys((*carts.closed, *cart_ids)))[-MOST_CLOSED:]
    return replace(carts, open=remaining, closed=closed)

"""Events that may change nothing: what they set, to be compared with what is stored."""

from lifecycle.contact import contact_fields
from lifecycle.ledger_events import AnyEvent
from retention_client.events import CartChanged, ProfileUpdated, Visited


def profile_fields_set(event: AnyEvent) -> dict[str, str] | None:
    """The profile fields that an event sets, if it does nothing else; None for an event that always has an effect.

    A known customer's login sets no field. A statement on consent always has an effect, even if it repeats the last
    one: its time decides against a statement that arrives late.
    """
    if not isinstance(event, Visited | ProfileUpdated) or event.consent is not None:
        return None
    return {field: value for field, value in contact_fields(event).items() if isinstance(value, str)}


def supersedes(later: AnyEvent, earlier: AnyEvent) -> bool:
    """Whether applying `later` alone has the effect of applying both, when nothing comes between them.

    Both are updates of one cart with items in it, and the later one repeats what the earlier one says of the customer.
    An emptied cart never opens again, and a cart that was never filled makes no lead: neither may be left out.
    """
    return (
        isinstance(later, CartChanged)
        and isinstance(earlier, CartChanged)
        and later.cart.cart_id == earlier.cart.cart_id
        and bool(later.cart.items)
        and bool(earlier.cart.items)
        and later.occurred_at >= earlier.occurred_at
        and _repeats_contact(later, earlier)
    )


def _repeats_contact(later: CartChanged, earlier: CartChanged) -> bool:
    """Whether `later` says at least what `earlier` says of the customer, and wins over it.

    Two statements of one moment are ordered by event id. Without this comparison, a third statement whose id lies
    between the two would win over `later` where it loses to `earlier`.
    """
    said = contact_fields(earlier)
    in_order = (later.occurred_at, later.event_id) > (earlier.occurred_at, earlier.event_id)
    return not said or (in_order and said.items() <= contact_fields(later).items())

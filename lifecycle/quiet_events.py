"""Events that may change nothing: what they say, to be compared with what is known."""

from lifecycle.contact import contact_fields
from retention_client.events import AnyEvent, CartChanged, ProfileUpdated, Visited


def profile_fields_set(event: AnyEvent) -> dict[str, str] | None:
    """The profile fields that an event sets, where it does nothing else; None where it always does something.

    A known customer's login sets nothing at all. A word on consent always counts, even one that repeats the last:
    its time is what decides between it and another that comes late.
    """
    if not isinstance(event, Visited | ProfileUpdated) or event.consent is not None:
        return None
    return {field: value for field, value in contact_fields(event).items() if isinstance(value, str)}


def supersedes(later: AnyEvent, earlier: AnyEvent) -> bool:
    """Whether telling `later` alone does what telling both would, when nothing comes between them.

    Both are words on one cart, which they fill, and the later one repeats what the earlier says of the customer.
    An emptied cart never opens again, and one that was never filled makes nobody a lead: neither may be left out.
    """
    return (
        isinstance(later, CartChanged)
        and isinstance(earlier, CartChanged)
        and later.cart.cart_id == earlier.cart.cart_id
        and bool(later.cart.items)
        and bool(earlier.cart.items)
        and later.occurred_at >= earlier.occurred_at
        and contact_fields(earlier).items() <= contact_fields(later).items()
    )

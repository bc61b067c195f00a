"""A season's results in the log: a campaign with an A/B test, one with a holdout, a text message, a draft."""

import random
from datetime import datetime, timedelta
from typing import Any

from tests.operations.results.conftest import DAY, HOUR, START, Log

CUSTOMERS = 400


def write_season(log: Log) -> None:
    """Write it; the same every time."""
    chance = random.Random(7)
    log.campaign("care-guide", holdout=25, name="Care guide")
    for step in (1, 2):
        log.campaign("abandoned-cart", step, name="Abandoned cart", trigger_event="CART_ABANDONED")
    log.campaign("shipped", name="On its way", channel="SMS", purpose="transactional")
    log.campaign("win-back", name="Win-back", status="draft")
    for number in range(CUSTOMERS):
        _care_guide(log, chance, number)
        _abandoned_cart(log, chance, number)
    for number in range(60):
        log.message(f"shipped {number}", f"s{number}", slug="shipped", provider="twilio")
        log.happened(f"shipped {number}", "DELIVERED")


def _care_guide(log: Log, chance: random.Random, number: int) -> None:
    name, customer = f"care {number}", f"g{number}"
    held_out = number % 4 == 0
    due = START + timedelta(hours=number)
    kept: dict[str, Any] = {"held_out": True, "sent": None, "reason": "held out: one of the 25% to compare with"}
    log.message(name, customer, slug="care-guide", due=due, **(kept if held_out else {"sent": due}))
    if not held_out:
        _read(log, chance, name, due, clicks=0.2)
    if chance.random() < (0.12 if held_out else 0.25):
        log.order(f"care {number}", customer, at=due + DAY, total=f"{chance.randint(20, 200)}.50")


def _abandoned_cart(log: Log, chance: random.Random, number: int) -> None:
    customer, arm = f"c{number}", "AB"[number % 2]
    due = START + timedelta(hours=number)
    cart: dict[str, Any] = {
        "slug": "abandoned-cart",
        "variant": "reminder" if arm == "A" else "discount",
        "provider": "resend",
    }
    if number % 9 == 0:
        log.message(f"cart {number}", customer, due=due, sent=None, reason="no consent", **{**cart, "provider": None})
        return
    log.message(f"cart {number}", customer, due=due, sent=due, **cart)
    log.happened(f"cart {number}", "DELIVERED", due + HOUR)
    clicked = _read(log, chance, f"cart {number}", due, clicks=0.12 if arm == "A" else 0.3)
    if clicked and chance.random() < 0.5:
        log.order(f"cart {number}", customer, at=due + DAY, total=f"{chance.randint(40, 300)}.00")
        ended: dict[str, Any] = {"sent": None, "reason": "ended by cart_closed", **cart, "provider": None}
        log.message(f"cart {number} 2", customer, step=2, due=due + DAY, **ended)
    else:
        log.message(f"cart {number} 2", customer, step=2, due=due + DAY, sent=due + DAY, **cart)
        log.happened(f"cart {number} 2", "DELIVERED", due + DAY)
        _read(log, chance, f"cart {number} 2", due + DAY, clicks=0.08)
    if number % 97 == 1:
        log.happened(f"cart {number}", "UNSUBSCRIBE", due + 2 * HOUR)


def _read(log: Log, chance: random.Random, name: str, sent: datetime, *, clicks: float) -> bool:
    """What people, and machines, do with an e-mail; whether a person clicked."""
    seen, clicked = chance.random(), chance.random() < clicks
    if seen < 0.5:
        log.happened(name, "OPEN", sent + 2 * HOUR)
    elif seen < 0.75:
        log.happened(name, "OPEN", sent + HOUR / 3600, machine=True)
    if clicked:
        log.happened(name, "CLICK", sent + 3 * HOUR)
    return clicked

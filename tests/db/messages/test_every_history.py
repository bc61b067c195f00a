"""Whatever happens to messages, in whatever order: each code is where the rules say, and nowhere twice."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from db.engine.connections import create_engine
from tests.db.messages.conftest import NOW, Drawer, key_of

POOLS = ("ten", "twenty")
ANSWERS = ("PLANNED", "UNKNOWN", "FAILED", "SENT")
TABLES = "coupon_codes, communications_log, campaigns, customer_profiles"


@dataclass
class Message:
    """What a message is, and the code it has."""

    status: str = "PLANNED"
    code: str | None = None


@dataclass
class Code:
    """Which message has a code, and until when the code is valid."""

    pool: str
    expires_at: datetime | None


@dataclass
class Model:
    """What the rules say."""

    now: datetime = NOW
    planned: int = 0
    codes: dict[str, Code] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    erased: dict[str, str] = field(default_factory=dict)

    def is_good(self, code: str, pool: str) -> bool:
        """Whether a message of this pool may give it away now."""
        known = self.codes[code]
        return known.pool == pool and (known.expires_at is None or known.expires_at > self.now)

    def free(self, pool: str) -> set[str]:
        """Those that a message could get."""
        taken = {message.code for message in self.messages.values()} | self.erased.keys()
        return {code for code in self.codes if code not in taken and self.is_good(code, pool)}


class Histories(RuleBasedStateMachine):
    """Imports, reservations and what becomes of messages."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.drawer = Drawer(create_engine(self.url))
        self.model = Model()
        self.runner.run(self.drawer.do(f"TRUNCATE {TABLES} CASCADE"))
        self.runner.run(self.drawer.open())

    def teardown(self) -> None:
        self.runner.run(self.drawer.engine.dispose())
        self.runner.close()

    def pick(self, number: int, *statuses: str) -> str | None:
        """One of the messages in these statuses."""
        keys = [key for key, message in self.model.messages.items() if message.status in statuses]
        return keys[number % len(keys)] if keys else None

    @rule(
        numbers=st.lists(st.integers(0, 11), max_size=3),
        pool=st.sampled_from(POOLS),
        hours=st.none() | st.integers(1, 5),
    )
    def codes_are_imported(self, numbers: list[int], pool: str, hours: int | None) -> None:
        codes = list(dict.fromkeys(f"C{number}" for number in numbers))
        expires_at = None if hours is None else self.model.now + timedelta(hours=hours)
        added = self.runner.run(self.drawer.fill(codes, pool, expires_at))
        assert added == set(codes) - self.model.codes.keys()
        self.model.codes |= {code: Code(pool, expires_at) for code in added}

    @rule()
    def a_message_is_planned(self) -> None:
        self.model.planned += 1
        key = key_of(self.model.planned)
        self.runner.run(self.drawer.plan(key))
        self.model.messages[key] = Message()

    @rule(hours=st.integers(1, 3))
    def time_passes(self, hours: int) -> None:
        self.model.now += timedelta(hours=hours)

    @precondition(lambda self: self.model.messages)
    @rule(number=st.integers(0, 20), pool=st.sampled_from(POOLS))
    def a_code_is_asked_for(self, number: int, pool: str) -> None:
        key = self.pick(number, "PLANNED")
        if key is None:
            return
        message = self.model.messages[key]
        if message.code and not self.model.is_good(message.code, pool):
            message.code = None
        free = self.model.free(pool)
        given = self.runner.run(self.drawer.reserve(key, pool, self.model.now))
        if message.code:
            assert given == message.code
        else:
            assert given in free if free else given is None
            message.code = given

    @rule(number=st.integers(0, 20))
    def a_message_is_claimed(self, number: int) -> None:
        if key := self.pick(number, "PLANNED"):
            self.runner.run(self.drawer.claim(key))
            self.model.messages[key].status = "CLAIMED"

    @rule(number=st.integers(0, 20), status=st.sampled_from(["SKIPPED", "FAILED"]))
    def a_message_is_settled(self, number: int, status: str) -> None:
        if key := self.pick(number, "PLANNED"):
            assert self.runner.run(self.drawer.messages.settle(key, status, self.model.now, "so"))
            self.model.messages[key] = Message(status)

    @rule(
        number=st.integers(0, 20),
        status=st.sampled_from(ANSWERS),
        unsent=st.booleans(),
    )
    def a_provider_answers(self, number: int, status: str, unsent: bool) -> None:
        key = self.pick(number, "CLAIMED", "UNKNOWN")
        if key is None:
            return
        messages, message = self.drawer.messages, self.model.messages[key]
        if status == "SENT":
            assert self.runner.run(messages.mark_sent(key, "f", self.model.now, "smtp", None))
        else:
            surely = unsent and status == "FAILED"
            assert self.runner.run(messages.mark(key, "f", status, self.model.now, "so", unsent=surely))
            message.code = None if surely else message.code
        message.status = status

    @rule(number=st.integers(0, 20))
    def a_message_is_erased(self, number: int) -> None:
        keys = list(self.model.messages)
        if keys:
            key = keys[number % len(keys)]
            self.runner.run(self.drawer.do("DELETE FROM communications_log WHERE message_key = :key", key=key))
            if code := self.model.messages.pop(key).code:
                self.model.erased[code] = key

    @invariant()
    def every_code_is_where_the_rules_say(self) -> None:
        held = {message.code: key for key, message in self.model.messages.items() if message.code} | self.model.erased
        assert self.runner.run(self.drawer.holders()) == {code: held.get(code) for code in self.model.codes}


@pytest.mark.hypothesis
def test_every_history(clean_database: None, database_url: str) -> None:
    Histories.url = database_url
    rules = settings(
        max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    run_state_machine_as_test(Histories, settings=rules)

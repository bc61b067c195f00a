"""The events of the contract: what is valid, and what is refused in a message without personal data."""

import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retention_client.events import (
    MAX_EVENT_BYTES,
    SIGNAL_TYPES,
    CartChanged,
    InvalidEvent,
    OrderPaid,
    canonical_json,
    parse_event,
    parse_event_json,
)
from tests.lifecycle.bodies import ADDRESS, BODIES, EVERY, ITEM, changed, leaves

PLACES = [("event_id",), ("name",), ("order", "order_id"), ("order", "items", 0, "sku"), ("order", "items", 0, "name")]


def short(value: object) -> str:
    """The name of a test case."""
    return ascii(value)[:20]


def refusal(body: object) -> InvalidEvent:
    """Why a body is refused."""
    with pytest.raises(InvalidEvent) as refused:
        parse_event(body, currency="USD")
    assert ADDRESS not in str(refused.value)
    return refused.value


class TestGoodEvents:
    @pytest.mark.parametrize("type_", list(BODIES))
    def test_every_type_of_the_contract_is_valid(self, type_: str) -> None:
        event = parse_event_json(json.dumps(BODIES[type_]), currency="USD")
        assert (event.type, event.customer_email) == (type_, ADDRESS)

    @pytest.mark.parametrize("type_", list(BODIES))
    def test_the_canonical_json_is_the_same_event(self, type_: str) -> None:
        event = parse_event(BODIES[type_], currency="USD")
        assert parse_event_json(canonical_json(event), currency="USD") == event

    def test_every_type_has_its_signal(self) -> None:
        assert {name.upper() for name in SIGNAL_TYPES} == set(SIGNAL_TYPES.values()) == set(BODIES)

    def test_unknown_fields_are_left_out(self) -> None:
        event = parse_event({**BODIES["ORDER_PAID"], "gift_wrap": {"colour": "red"}}, currency="USD")
        assert event == parse_event(BODIES["ORDER_PAID"], currency="USD")

    def test_addresses_are_normalised_and_times_are_utc(self) -> None:
        body = {
            **BODIES["VISITED"],
            "customer_email": " ADA@Bücher.example ",
            "occurred_at": "2026-11-22T05:15:00-05:00",
        }
        event = parse_event(body, currency="USD")
        assert event.customer_email == "ada@xn--bcher-kva.example"
        assert event.occurred_at.isoformat() == "2026-11-22T10:15:00+00:00"

    @pytest.mark.parametrize(
        ("given", "read"),
        [("199", "199.00"), (199, "199.00"), (199.9, "199.90"), ("1E+2", "100.00"), ("-0", "0.00"), ("5.500", "5.50")],
    )
    def test_money_is_read_to_the_cent(self, given: object, read: str) -> None:
        event = parse_event(changed("ORDER_PAID", ("order", "total"), given), currency="USD")
        assert isinstance(event, OrderPaid)
        assert str(event.order.total) == read

    def test_a_cart_is_worth_its_lines(self) -> None:
        items = [{"sku": "A", "unit_price": "0.10", "quantity": 3}, {"sku": "B", "unit_price": "5.00"}, {"sku": "C"}]
        event = parse_event(changed("CART_UPDATED", ("cart", "items"), items), currency="USD")
        assert isinstance(event, CartChanged)
        assert event.cart.value == Decimal("5.30")


class TestBadEvents:
    @pytest.mark.parametrize("body", [None, [], "text", 5, [BODIES["VISITED"]]])
    def test_one_object_is_wanted(self, body: object) -> None:
        assert str(refusal(body)) == "body: must be one JSON object"

    def test_an_unknown_type_names_those_that_are_known(self) -> None:
        assert "known are VISITED, ADD_TO_CART" in str(refusal({**BODIES["VISITED"], "type": ADDRESS}))

    def test_the_engines_churn_check_is_not_for_storefronts(self) -> None:
        assert refusal({**BODIES["VISITED"], "type": "CHURN_CHECKED"}).field == "type"

    @pytest.mark.parametrize(
        ("type_", "path"),
        [
            *((type_, (name,)) for type_ in BODIES for name in ("type", "event_id", "customer_email", "occurred_at")),
            ("ORDER_PAID", ("order",)),
            *(("ORDER_PAID", ("order", name)) for name in ("order_id", "total", "currency")),
            ("ORDER_PAID", ("order", "items", 0, "sku")),
            ("CART_UPDATED", ("cart",)),
            ("CART_UPDATED", ("cart", "cart_id")),
            ("ORDER_REFUNDED", ("order_id",)),
            ("CONSENT_CHANGED", ("channel",)),
            ("CONSENT_CHANGED", ("granted",)),
            ("CUSTOM", ("name",)),
        ],
    )
    def test_what_is_missing_is_named(self, type_: str, path: tuple[str | int, ...]) -> None:
        body: dict[str, Any] = deepcopy(BODIES[type_])
        place: Any = body
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]
        assert refusal(body).field.endswith(".".join(map(str, path)))

    @pytest.mark.parametrize(
        "address", [None, 5, "", "ada", "ada@", "Ada <ada@example.com>", "a\0@example.com", "\ud800@x.com"]
    )
    def test_a_bad_address(self, address: object) -> None:
        assert refusal({**BODIES["VISITED"], "customer_email": address}).field == "customer_email"

    @pytest.mark.parametrize(
        "amount",
        [
            *("-0.01", -1, "0.001", 0.001, 0.1 + 0.2, "1e-7", "100000000", 1e300, 10**4000),
            *("NaN", "Infinity", "-Infinity", "sNaN", float("nan"), float("inf")),
            *("ten", "", "1,5", "$5", True, [], {}, "\0", "1E+9999999999999999999"),
        ],
        ids=short,
    )
    @pytest.mark.parametrize(
        ("type_", "path"),
        [
            ("ORDER_PAID", ("order", "total")),
            ("ORDER_PAID", ("order", "items", 0, "unit_price")),
            ("ORDER_REFUNDED", ("amount",)),
        ],
    )
    def test_a_bad_amount(self, type_: str, path: tuple[str | int, ...], amount: object) -> None:
        assert refusal(changed(type_, path, amount)).field == ".".join(map(str, path))

    @pytest.mark.parametrize(
        ("type_", "path"),
        [
            ("ORDER_PAID", ("order", "currency")),
            ("CART_UPDATED", ("cart", "currency")),
            ("ORDER_REFUNDED", ("currency",)),
        ],
    )
    def test_another_currency(self, type_: str, path: tuple[str | int, ...]) -> None:
        refused = refusal(changed(type_, path, "EUR"))
        assert str(refused) == f"{'.'.join(map(str, path))}: is EUR, but the store's currency is USD"

    @pytest.mark.parametrize(
        "time",
        [
            *("2026-11-22T10:15:00", "2026-11-22", "yesterday", "", None, float("nan"), 1e300, True),
            *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01T00:00:00Z"),
        ],
    )
    def test_a_time_without_a_zone_or_outside_time(self, time: object) -> None:
        assert refusal({**BODIES["VISITED"], "occurred_at": time}).field == "occurred_at"

    def test_a_refund_of_nothing(self) -> None:
        body = {key: value for key, value in BODIES["ORDER_REFUNDED"].items() if key != "amount"}
        assert "needs an amount" in str(refusal(body))

    @pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 10**4000, 1.5, "many"], ids=short)
    def test_a_bad_quantity(self, quantity: object) -> None:
        refused = refusal(changed("ORDER_PAID", ("order", "items", 0, "quantity"), quantity))
        assert refused.field == "order.items.0.quantity"

    @pytest.mark.parametrize(
        ("type_", "path"), [("CUSTOM", ("properties",)), ("ORDER_PAID", ("order",)), ("VISITED", ("consent",))]
    )
    def test_text_where_an_object_belongs(self, type_: str, path: tuple[str | int, ...]) -> None:
        assert refusal(changed(type_, path, "text")).field == ".".join(map(str, path))

    @pytest.mark.parametrize("link", ["javascript:alert(1)", "shop.example", "//shop.example", "http" * 600], ids=short)
    def test_a_bad_link(self, link: str) -> None:
        assert refusal(changed("CART_UPDATED", ("cart", "url"), link)).field == "cart.url"

    def test_more_lines_than_any_cart_has(self) -> None:
        assert refusal(changed("CART_UPDATED", ("cart", "items"), [ITEM] * 1001)).field == "cart.items"


class TestBadText:
    @pytest.mark.parametrize("character", ["\0", "\r", "\n", "\x7f", "\ud800"])
    @pytest.mark.parametrize("path", PLACES)
    def test_control_characters(self, path: tuple[str | int, ...], character: str) -> None:
        assert refusal(changed("ORDER_PAID", path, f"a{character}b")).field == ".".join(map(str, path))

    @pytest.mark.parametrize(
        "properties",
        [
            *({"a": "\0"}, {"\0": 1}, {"a": [{"b": "x\0y"}]}, {"a": "\ud800"}, {"a": float("nan")}),
            *({"a": [float("inf")]}, {str(number): 1 for number in range(101)}),
            json.loads('{"a":' * 25 + "1" + "}" * 25),
            json.loads('{"a":' + "[" * 900 + "]" * 900 + "}"),
        ],
        ids=short,
    )
    def test_properties_that_no_database_keeps(self, properties: dict[str, Any]) -> None:
        assert refusal({**BODIES["CUSTOM"], "properties": properties}).field == "properties"

    def test_properties_of_every_other_kind_are_kept_as_they_are(self) -> None:
        properties = {"text": "two\nlines, ä, \\u0000", "list": [1, 2.5, None, True, {"deep": []}], "number": 10**30}
        event = parse_event({**BODIES["CUSTOM"], "properties": properties}, currency="USD")
        assert parse_event_json(canonical_json(event), currency="USD") == event

    @pytest.mark.parametrize(
        "text",
        [
            *("", "{", "nonsense", "[" * 100_000, '{"a":1}{', "\0", '{"type":"\\ud800"}', "\ud800", "1" * 5000),
            *(b"", b"\xff\xfe", b'{"type":"\xc3"}', b"\0" * 50),
        ],
        ids=short,
    )
    def test_what_is_not_json(self, text: str | bytes) -> None:
        with pytest.raises(InvalidEvent, match="body: is not JSON"):
            parse_event_json(text, currency="USD")

    @pytest.mark.parametrize("filler", [" ", "[", '"'])
    def test_ten_megabytes(self, filler: str) -> None:
        with pytest.raises(InvalidEvent, match=f"body: is larger than {MAX_EVENT_BYTES} bytes"):
            parse_event_json(filler * 10_000_000, currency="USD")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([ADDRESS, "\0", 10**400]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just(ADDRESS), inner, max_size=3)
    ),
    max_leaves=8,
)


class TestWhateverComes:
    @given(anything | st.dictionaries(st.sampled_from([*EVERY, "type", "cart", "order"]), anything))
    def test_it_is_an_event_or_refused(self, body: object) -> None:
        refusal(body)

    @settings(max_examples=400)
    @given(st.sampled_from(list(BODIES)), st.data())
    def test_a_good_event_with_something_put_into_it_is_an_event_or_refused(
        self, type_: str, data: st.DataObject
    ) -> None:
        path = data.draw(st.sampled_from(leaves(BODIES[type_])))
        body = changed(type_, path, data.draw(anything))
        try:
            event = parse_event(body, currency="USD")
        except InvalidEvent as refused:
            message = str(refused)
        else:
            message = ""
            assert parse_event_json(canonical_json(event), currency="USD") == event
        assert ADDRESS not in message

    @given(st.binary(max_size=60) | st.text(max_size=60))
    def test_text_is_an_event_or_refused(self, text: bytes | str) -> None:
        with pytest.raises(InvalidEvent):
            parse_event_json(text, currency="USD")

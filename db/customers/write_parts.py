"""The parts that every write of a customer has: the profile's columns, the transitions and the orders.

The workflow writes one customer and an import writes many. Both statements begin with two parts of their own, which
the parts here read: `given` has one row per customer (`customer_id`, `email`, and as JSON `profile`, `transitions`,
`orders`), and `written` has the `customer_id`, `epoch` and `revision` of the rows whose guard held. `:now` is the time
of the write.
"""

_PROFILE = {
    "state": "text",
    "total_spend": "numeric(10, 2)",
    "order_count": "int",
    "last_order_date": "timestamptz",
    "name": "text",
    "phone": "varchar(32)",
    "locale": "text",
    "time_zone": "text",
    "consent_email": "boolean",
    "consent_email_at": "timestamptz",
    "consent_email_source": "text",
    "consent_sms": "boolean",
    "consent_sms_at": "timestamptz",
    "consent_sms_source": "text",
}

PROFILE_COLUMNS = ", ".join(_PROFILE)
"""The columns of `customer_profiles` that the fold decides."""

PROFILE_VALUES = ", ".join(f"new.{column}" for column in _PROFILE)
"""Their values in the record `new`."""

PROFILE_ASSIGNMENTS = ", ".join(f"{column} = new.{column}" for column in _PROFILE)
"""Sets each column to its value in `new`."""

PROFILE_RECORD = f"""
    jsonb_to_record(given.profile) AS new({", ".join(f"{column} {kind}" for column, kind in _PROFILE.items())})
"""
"""Reads `new` from the JSON in `given`."""

TRANSITIONS_WRITTEN = """
    transitions_written AS (
      INSERT INTO state_transitions (customer_id, customer_email, from_state, to_state, occurred_at, cause, restated,
                                     epoch, revision, recorded_at)
      SELECT given.customer_id, given.email, step.from_state, step.to_state, step.at, step.cause, step.restated,
             written.epoch, written.revision, :now
      FROM written JOIN given USING (customer_id), ROWS FROM (jsonb_to_recordset(given.transitions) AS (
        from_state text, to_state text, at timestamptz, cause text, restated boolean))
        WITH ORDINALITY AS step(from_state, to_state, at, cause, restated, place)
      ORDER BY given.customer_id, step.place)
"""

# An event that the inbox does not have yet is written by the same statement, and received with it.
_NEW_REPORT = """
        SELECT new.event_id, new.placed_at, new.currency,
               coalesce((SELECT received_at FROM event_inbox WHERE event_id = new.event_id), :now) AS reported_at
        WHERE new.event_id IS NOT NULL
"""

_KNOWN_REPORT = """
        SELECT event_id, placed_at, currency, reported_at FROM orders
        WHERE customer_id = given.customer_id AND order_id = new.order_id
"""


def _orders_written(reports: str) -> str:
    """The part that writes `given.orders`: each with the earliest of its reports. One without any is not written."""
    return f"""
    orders_written AS (
      INSERT INTO orders (customer_id, order_id, event_id, placed_at, reported_at, total, refunded, counted, currency)
      SELECT given.customer_id, new.order_id, report.event_id, report.placed_at, report.reported_at, new.total,
             new.refunded, new.counted, report.currency
      FROM written JOIN given USING (customer_id), jsonb_to_recordset(given.orders) AS new(
        order_id text, total numeric(10, 2), refunded numeric(10, 2), counted boolean, event_id text,
        placed_at timestamptz, currency text),
      LATERAL (
        SELECT * FROM ({reports}) AS reports ORDER BY placed_at, event_id COLLATE "C" LIMIT 1) AS report
      ON CONFLICT (customer_id, order_id) DO UPDATE SET
        event_id = excluded.event_id, placed_at = excluded.placed_at, reported_at = excluded.reported_at,
        total = excluded.total, refunded = excluded.refunded, counted = excluded.counted,
        currency = excluded.currency)
    """


ORDERS_WRITTEN = _orders_written(f"{_NEW_REPORT} UNION ALL {_KNOWN_REPORT}")
"""Adds and changes orders. What is not in `given` stays."""

ORDERS_REPLACED = f"""
    orders_removed AS (
      DELETE FROM orders USING written JOIN given USING (customer_id)
      WHERE orders.customer_id = given.customer_id AND NOT EXISTS (
        SELECT FROM jsonb_to_recordset(given.orders) AS new(order_id text) WHERE new.order_id = orders.order_id)),
    {_orders_written(_NEW_REPORT)}
"""
"""Makes the orders exactly those of `given`, which has all of them with their reports."""

"""Which message an order is credited to: statements to build upon.

An order is credited to the message of the latest click before it, or without a click of the latest open, by a person
and within the attribution window. So each order counts once, over all campaigns.
"""

TOUCHES = """
    touches AS (
      SELECT event.message_key, message.customer_id, event.kind, event.occurred_at AS visited_at,
             -- A visit is stored by our clock, and a customer may be ahead of it: it was at the earliest at the send.
             greatest(event.occurred_at, message.sent_at) AS at
      FROM message_events AS event JOIN communications_log AS message USING (message_key)
      WHERE event.kind IN ('OPEN', 'CLICK') AND NOT event.is_machine)
"""
"""`touches`: every open and click by a person, with the message, its customer, and `at`, the customer's time."""

ATTRIBUTED = f"""
    {TOUCHES},
    attributed AS (
      SELECT DISTINCT ON (paid.customer_id, paid.order_id)
             paid.customer_id, paid.order_id, paid.counted, paid.total - paid.refunded AS revenue, touches.message_key
      FROM touches JOIN orders AS paid ON paid.customer_id = touches.customer_id
        AND paid.placed_at BETWEEN touches.at AND touches.at + CAST(:window AS interval)
        -- A visit after the shop reported the order did not lead to it.
        AND touches.visited_at <= paid.reported_at
      ORDER BY paid.customer_id, paid.order_id, kind = 'CLICK' DESC, touches.at DESC, touches.message_key COLLATE "C")
"""
"""`attributed`: each order that is credited to a message, with its key. `:window` is the attribution window."""

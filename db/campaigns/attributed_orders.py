"""Orders and what is left of them after refunds, and the message that each is due to: statements to build upon.

An order is due to the message of the latest click before it, or without a click of the latest open, by a person and
within the window; so each counts once, over all campaigns. What is left of it is, for all customers at once, what the
fold of facts says of one.
"""

ORDERS = """
    told_refunds AS (
      SELECT customer_id, body ->> 'order_id' AS order_id, cancelled, max(amount) AS amount,
             bool_or(cancelled AND amount IS NULL) AS whole
      FROM event_inbox AS event, LATERAL (
        SELECT coalesce(CAST(body ->> 'cancelled' AS boolean), false), CAST(body ->> 'amount' AS numeric)
      ) AS told(cancelled, amount)
      WHERE type = 'ORDER_REFUNDED' AND status = 'APPLIED' AND body IS NOT NULL
      -- The same refund again tells the amount so far.
      GROUP BY customer_id, body ->> 'order_id', cancelled,
               CASE WHEN cancelled THEN '' ELSE coalesce(body ->> 'refund_id', event_id) END),
    refunds AS (
      SELECT customer_id, order_id, bool_or(cancelled) AS cancelled, bool_or(whole) AS whole,
             coalesce(max(amount) FILTER (WHERE cancelled), 0) AS level,
             coalesce(sum(amount) FILTER (WHERE NOT cancelled), 0) AS apart
      FROM told_refunds GROUP BY customer_id, order_id),
    paid AS (
      SELECT DISTINCT ON (customer_id, body #>> '{order,order_id}')
             customer_id, body #>> '{order,order_id}' AS order_id, occurred_at AS at, received_at AS told_at,
             CAST(body #>> '{order,total}' AS numeric) AS total
      FROM event_inbox
      WHERE type = 'ORDER_PAID' AND status = 'APPLIED' AND body IS NOT NULL
      ORDER BY customer_id, body #>> '{order,order_id}', occurred_at, event_id),
    orders AS (
      SELECT customer_id, order_id, at, told_at, total - given_back AS revenue,
             NOT (coalesce(cancelled, false) OR (total > 0 AND given_back = total)) AS stands
      FROM paid LEFT JOIN refunds USING (customer_id, order_id), LATERAL (
        SELECT least(total, CASE WHEN whole THEN total ELSE greatest(level, apart, 0) END)) AS net(given_back))
"""
"""`orders`: each paid order once, `at` its customer's time, with its `revenue` and whether it still `stands`.

A cancellation states a level and single refunds add up; the larger of the two, at most the total, went back.
"""

ATTRIBUTED = """
    touches AS (
      SELECT message_key, message.customer_id, event.kind, event.occurred_at AS visited_at,
             -- Of a customer ahead of us the visit is kept by our clock: at the earliest it was when the message went.
             greatest(event.occurred_at, message.sent_at) AS at
      FROM message_events AS event JOIN communications_log AS message USING (message_key)
      WHERE event.kind IN ('OPEN', 'CLICK') AND NOT event.is_machine),
    attributed AS (
      SELECT DISTINCT ON (orders.customer_id, order_id) orders.*, message_key
      FROM orders JOIN touches ON touches.customer_id = orders.customer_id
        AND orders.at BETWEEN touches.at AND touches.at + CAST(:window AS interval) AND visited_at <= told_at
      ORDER BY orders.customer_id, order_id, kind = 'CLICK' DESC, touches.at DESC, message_key COLLATE "C")
"""
"""`attributed`: those of `orders` that are due to a message, with its key. Takes the `window` of days."""

"""What a customer agreed to, per channel, including what waits in the inbox: one SQL expression for every reader.

The newest statement on a channel counts, by (`occurred_at`, `event_id`), whether it is a CONSENT_CHANGED event or the
`consent` of another event. That is the rule of the fold (`lifecycle.contact`), so a customer's consent is the same
before and after their workflow has applied what waits. Both a yes and a no count from the moment the inbox has them.

The profile has the newest of the statements that were applied, but not which event made it. Where anything waits, the
applied statements are therefore read from the ledger too. Otherwise the profile's value is the answer, and no event is
read. A cart of which Temporal has the signal does not wait: its consent counts once it is applied.
"""


def stated_consent(customer_id: str, profile: str) -> str:
    """The SQL expression of `{"email": true, "sms": null}` as jsonb; null for a channel never asked about.

    `customer_id` is an SQL expression, `profile` the alias of the customer's row in `customer_profiles`, which may be
    missing.
    """
    return f"""
    (SELECT jsonb_object_agg(channel, granted) FROM (
       SELECT DISTINCT ON (channel) channel, granted FROM (
         {_in_profile("email", profile)} UNION ALL {_in_profile("sms", profile)}
         UNION ALL {_in_events(customer_id)}) AS statements
       ORDER BY channel, occurred_at DESC NULLS LAST, event_id COLLATE "C" DESC, is_own DESC) AS newest)
    """


def _in_profile(channel: str, profile: str) -> str:
    return f"""
    SELECT '{channel}' AS channel, to_jsonb({profile}.consent_{channel}) AS granted,
           {profile}.consent_{channel}_at AS occurred_at, '' AS event_id, false AS is_own
    """


def _in_events(customer_id: str) -> str:
    """Every statement of the customer, applied or not, if any event of theirs waits.

    A scalar subquery asks that once; an EXISTS would be joined with the whole ledger. Of two statements in one event
    the event's own counts.
    """
    return f"""
    SELECT statement.channel, statement.granted, event.occurred_at, event.event_id, statement.is_own
    FROM event_inbox AS event, LATERAL (VALUES
      ('email', event.body #> '{{consent,email}}', false),
      ('sms', event.body #> '{{consent,sms}}', false),
      (event.body ->> 'channel', CASE WHEN event.type = 'CONSENT_CHANGED' THEN event.body -> 'granted' END, true)
    ) AS statement(channel, granted, is_own)
    WHERE event.customer_id = {customer_id} AND event.status IN ('RECEIVED', 'APPLIED')
      AND statement.granted IN ('true', 'false') AND statement.channel IS NOT NULL
      AND (SELECT true FROM event_inbox
           WHERE customer_id = {customer_id} AND status = 'RECEIVED' LIMIT 1)
    """

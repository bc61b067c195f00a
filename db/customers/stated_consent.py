"""What a customer agreed to, per channel, including what waits in the inbox: one SQL expression for every reader.

The newest statement on a channel counts, by (`occurred_at`, `event_id`), whether it is a CONSENT_CHANGED event or the
`consent` of another event. Consent to e-mail is confirmed if the newest of the confirmed statements and the withdrawals
is a confirmed one. That is the rule of the fold (`lifecycle.contact`), so a customer's consent is the same before and
after their workflow has applied what waits. Both a yes and a no count from the moment the inbox has them.

The profile has the newest of the statements that were applied, but not which event made it. Where anything waits, the
applied statements are therefore read from the ledger too. Otherwise the profile's value is the answer, and no event is
read. A cart of which Temporal has the signal does not wait: its consent counts once it is applied.
"""

from retention_client.consent_sources import CONFIRMED

_CONFIRMED = ", ".join(f"'{source}'" for source in sorted(CONFIRMED))


def stated_consent(customer_id: str, profile: str) -> str:
    """The SQL expression of `{"email": true, "sms": null, "confirmed": true}` as jsonb.

    Null is for a channel never asked about, and for consent to e-mail that was neither confirmed nor withdrawn.
    `customer_id` is an SQL expression, `profile` the alias of the customer's row in `customer_profiles`, which may be
    missing.
    """
    return f"""
    (SELECT jsonb_object_agg(subject, granted) FROM (
       SELECT DISTINCT ON (subject) subject, granted FROM (
         {_in_profile(profile)} UNION ALL {_in_events(customer_id)}) AS statements
       ORDER BY subject, occurred_at DESC NULLS LAST, event_id COLLATE "C" DESC) AS newest)
    """


def _in_profile(profile: str) -> str:
    # "Not confirmed" has no time in the profile: it gives way to every statement of an event.
    confirmed = f"{profile}.consent_email AND {profile}.consent_email_source IN ({_CONFIRMED})"
    return f"""
    SELECT subject, to_jsonb(granted) AS granted, occurred_at, '' AS event_id
    FROM (VALUES
      ('email', {profile}.consent_email, {profile}.consent_email_at),
      ('sms', {profile}.consent_sms, {profile}.consent_sms_at),
      ('confirmed', nullif({confirmed}, false), CASE WHEN {confirmed} THEN {profile}.consent_email_at END)
    ) AS stored(subject, granted, occurred_at)
    """


def _in_events(customer_id: str) -> str:
    """Every statement of the customer, applied or not, if any event of theirs waits.

    A scalar subquery asks that once; an EXISTS would be joined with the whole ledger.
    """
    return f"""
    SELECT statement.subject, statement.granted, event.occurred_at, event.event_id
    FROM event_inbox AS event, LATERAL (SELECT
      {_granted("email")} AS email, {_granted("sms")} AS sms,
      coalesce(nullif(CASE WHEN event.type = 'CONSENT_CHANGED' THEN event.body ->> 'source' END, ''),
               event.body #>> '{{consent,source}}') AS source) AS stated,
    LATERAL (VALUES
      ('email', email), ('sms', sms),
      ('confirmed', CASE WHEN email = 'false' OR stated.source IN ({_CONFIRMED}) THEN email END)
    ) AS statement(subject, granted)
    WHERE event.customer_id = {customer_id} AND event.status IN ('RECEIVED', 'APPLIED')
      AND statement.granted IN ('true', 'false')
      AND (SELECT true FROM event_inbox
           WHERE customer_id = {customer_id} AND status = 'RECEIVED' LIMIT 1)
    """


def _granted(channel: str) -> str:
    """What an event states on a channel. Of two statements in one event the event's own counts."""
    return f"""
      CASE WHEN event.type = 'CONSENT_CHANGED' AND event.body ->> 'channel' = '{channel}' THEN event.body -> 'granted'
           ELSE event.body #> '{{consent,{channel}}}' END"""

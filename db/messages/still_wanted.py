"""What decides whether a message is still wanted, beside what its workflow knows: statements to build upon.

They are asked twice: when it is decided that a message may go out, and again in the statement that claims it.
"""

WITHDRAWN = """
    ARRAY(
      SELECT channel FROM (
        SELECT DISTINCT ON (word.channel) word.channel, word.granted
        FROM event_inbox AS event, LATERAL (
          SELECT event.body ->> 'channel', event.body -> 'granted' WHERE event.type = 'CONSENT_CHANGED'
          UNION ALL SELECT * FROM jsonb_each(event.body -> 'consent')) AS word(channel, granted)
        WHERE event.customer_id = message.customer_id AND event.status = 'RECEIVED'
        ORDER BY word.channel, event.occurred_at DESC, event.event_id DESC) AS latest
      WHERE granted = 'false' ORDER BY channel)
"""
"""While Temporal was away the inbox took in what no workflow has written yet: a no counts from then on, a yes later."""

STOPPED = "(SELECT min(scope) FROM sending_stops)"
"""The wider of two stops: `ALL` sorts before `MARKETING`."""

STILL_WANTED = f"""
      AND {WITHDRAWN} = CAST(:withdrawn AS text[])
      AND {STOPPED} IS NOT DISTINCT FROM CAST(:stopped AS text)
      AND EXISTS (
        SELECT FROM customer_profiles AS profile
        JOIN campaigns AS campaign ON campaign.id = message.campaign_id
        LEFT JOIN suppressions AS suppression
          ON suppression.customer_id = profile.customer_id AND suppression.channel = campaign.channel
        WHERE profile.customer_id = message.customer_id
          AND campaign.status = :campaign_status
          AND suppression.reason IS NOT DISTINCT FROM CAST(:suppression AS text)
          AND profile.consent_email IS NOT DISTINCT FROM CAST(:consent_email AS boolean)
          AND profile.consent_sms IS NOT DISTINCT FROM CAST(:consent_sms AS boolean))
"""  # noqa: S608 - put together from what stands in this file
"""Words, stops and the campaign are still what the decision to send was made on: the rule itself is not told again."""

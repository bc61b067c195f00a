"""Whether a message is still wanted, apart from what its workflow knows: parts of statements.

They run twice: when it is decided that a message may go out, and again in the statement that claims it.
"""

from db.customers.stated_consent import stated_consent

CONSENT = stated_consent("message.customer_id", "profile")
"""What the customer of `message` agreed to, by channel."""

STOPPED = "(SELECT min(scope) FROM sending_stops)"
"""The wider of two stops: `ALL` sorts before `MARKETING`."""

STILL_WANTED = f"""
      AND {STOPPED} IS NOT DISTINCT FROM CAST(:stopped AS text)
      AND EXISTS (
        SELECT FROM customer_profiles AS profile
        JOIN campaign_steps AS campaign ON campaign.id = message.campaign_id
        LEFT JOIN suppressions AS suppression
          ON suppression.customer_id = profile.customer_id AND suppression.channel = campaign.channel
        WHERE profile.customer_id = message.customer_id
          AND campaign.status = :campaign_status
          AND suppression.reason IS NOT DISTINCT FROM CAST(:suppression AS text)
          AND {CONSENT} = CAST(:consent AS jsonb))
"""
"""Consent, suppression, stops and the campaign are still what the decision to send was made on.

It compares the inputs of the decision; the rule itself is in `lifecycle.gate`.
"""

"""A campaign file with two steps, a translation and variants, and one text message."""

from lifecycle.campaign_file import CampaignRow, read_campaigns

LAMPS = """
campaigns:
  - slug: lamp-mail
    name: Lamps
    trigger_event: ORDER_PAID
    channel: EMAIL
    purpose: marketing
    steps:
      - subject: "A lamp for {{ customer.first_name or 'you' }}"
        preheader: It is bright.
        body: '<h1>Light</h1>{{ order.items|line_items(order.total) }}{{ shop.url|button("See") }}'
        locales: {de: {subject: Eine Lampe, body: "<h1>Licht</h1>{{ order.items|line_items(order.total) }}"}}
        variants: [{name: A}, {name: B, subject: More light}]
      - {subject: Still dark, body: "<p>Two</p>", delay_hours: 24}
  - {slug: lamp-text, name: Lamps by text, trigger_event: ORDER_PAID, channel: SMS, purpose: marketing,
     body: "{{ shop.name }}: your lamp is here"}
"""


def lamps() -> tuple[CampaignRow, ...]:
    """The rows of the file."""
    return read_campaigns(LAMPS)

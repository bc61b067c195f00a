"""The difference between a file and the database is shown part by part, never as Python values."""

from dataclasses import replace
from io import StringIO

from rich.console import Console

from db.campaigns.campaigns import CampaignDifference, StoredCampaign, difference
from lifecycle.campaign_file import CampaignRow
from lifecycle.campaigns import CampaignStatus, Exit, Purpose
from lifecycle.wording import Translation, Variant, Wording
from starter.commands.campaign.difference import show_difference

WORDING = Wording(body="<p>Hello</p>", subject="Hello")
ROW = CampaignRow("hello", "Hello", "ORDER_PAID", "EMAIL", Purpose.MARKETING, WORDING)
ADDED_WORDS = replace(
    WORDING,
    body="<p>Good day</p>",
    locales={"de": Translation(subject="Hallo")},
    variants=(Variant("A"), Variant("B", weight=3, subject="Hi")),
)


def shown(found: CampaignDifference) -> list[str]:
    out = StringIO()
    show_difference(Console(file=out, width=120), found, dry_run=True)
    return [line.strip() for line in out.getvalue().splitlines()]


def test_every_part_of_a_field_has_a_line_of_its_own() -> None:
    changed = replace(ROW, wording=ADDED_WORDS, exit_on=(Exit.PURCHASE, Exit.REFUND))
    lines = shown(difference([StoredCampaign(1, CampaignStatus.DRAFT, ROW)], [changed]))
    assert lines == [
        "~ hello 1: Hello",
        "exit_on: (none) → purchase, refund",
        "locales.de.subject: (none) → Hallo",
        "variants.A.weight: (none) → 1",
        "variants.B.weight: (none) → 3",
        "variants.B.subject: (none) → Hi",
        "body: <p>Hello</p> → <p>Good day</p>",
        "0 would be added, 1 would be changed, 0 would be removed, 0 unchanged",
    ]


def test_a_part_that_stays_is_not_shown() -> None:
    before = StoredCampaign(1, CampaignStatus.DRAFT, replace(ROW, wording=ADDED_WORDS))
    after = replace(ROW, wording=replace(ADDED_WORDS, locales={"de": Translation(subject="Guten Tag")}))
    assert shown(difference([before], [after]))[1:-1] == ["locales.de.subject: Hallo → Guten Tag"]

"""Selects campaigns by slug, and their steps."""

from collections.abc import Collection, Iterable

from lifecycle.campaign_file import CampaignRow
from operations.access.errors import InvalidInput


class UnknownCampaign(InvalidInput):
    """No campaign has one of these slugs."""

    def __init__(self, slugs: Iterable[str]) -> None:
        self.slugs = tuple(slugs)
        super().__init__(f"no such campaign: {', '.join(self.slugs)}")


def check_slugs(slugs: Iterable[str], known: Collection[str]) -> None:
    """Raise `UnknownCampaign` if any of the slugs is not among the known ones."""
    if unknown := [slug for slug in slugs if slug not in known]:
        raise UnknownCampaign(unknown)


def select_steps(
    rows: Iterable[CampaignRow], slug: str, step: int | None = None, variant: str | None = None
) -> list[CampaignRow]:
    """Return the steps of one campaign, or one of them.

    Raises `UnknownCampaign`, and `InvalidInput` if the campaign has no such step or no such variant.
    """
    steps = [row for row in rows if row.slug == slug]
    if not steps:
        raise UnknownCampaign([slug])
    chosen = [row for row in steps if step in (None, row.step)]
    if not chosen:
        raise InvalidInput(f"{slug} has steps 1 to {len(steps)}", field="step")
    names = dict.fromkeys(arm.name for row in chosen for arm in row.wording.variants)
    if variant is not None and variant not in names:
        raise InvalidInput(f"{slug} has " + (f"only {', '.join(names)}" if names else "none"), field="variant")
    return chosen

"""Which steps an operation is about, and the errors that say why there are none."""

import pytest

from operations.access.errors import InvalidInput
from operations.campaigns.selection import UnknownCampaign, check_slugs, select_steps
from tests.operations.campaigns.lamps import lamps


def test_all_steps_of_a_campaign_or_one() -> None:
    assert [row.step for row in select_steps(lamps(), "lamp-mail")] == [1, 2]
    assert [row.step for row in select_steps(lamps(), "lamp-mail", 2)] == [2]
    assert [row.step for row in select_steps(lamps(), "lamp-mail", variant="B")] == [1, 2]


@pytest.mark.parametrize(
    ("slug", "step", "variant", "field", "reason"),
    [
        ("lamp-mail", 3, None, "step", "lamp-mail has steps 1 to 2"),
        ("lamp-mail", None, "C", "variant", "lamp-mail has only A, B"),
        ("lamp-mail", 2, "A", "variant", "lamp-mail has none"),
        ("lamp-text", None, "C", "variant", "lamp-text has none"),
    ],
)
def test_a_missing_step_or_variant_is_an_error_with_its_field(
    slug: str, step: int | None, variant: str | None, field: str, reason: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        select_steps(lamps(), slug, step, variant)
    assert (raised.value.field, raised.value.reason) == (field, reason)


def test_an_unknown_campaign_is_an_error_with_its_slugs() -> None:
    with pytest.raises(UnknownCampaign, match="no such campaign: lamp-nowhere"):
        select_steps(lamps(), "lamp-nowhere")
    with pytest.raises(UnknownCampaign) as raised:
        check_slugs(["a", "lamp-mail", "b"], {"lamp-mail"})
    assert raised.value.slugs == ("a", "b")

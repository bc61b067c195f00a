"""Proofs: every rendition of a campaign, or the requested ones, for a sample customer."""

from datetime import UTC, datetime

import pytest

from lifecycle.campaign_file import InvalidCampaignFile, read_campaigns
from operations.campaigns.proof import Proof, ProofRequest, make_proofs
from settings import Settings
from tests.operations.campaigns.lamps import LAMPS, lamps

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)


def proofs(request: ProofRequest) -> list[Proof]:
    return make_proofs(lamps(), request, Settings(_env_file=None), NOW)


def seen(found: list[Proof]) -> list[tuple[object, ...]]:
    return [(proof.row.step, proof.rendition.locale, proof.rendition.variant, proof.subject) for proof in found]


def test_every_language_and_variant_of_every_step() -> None:
    found = proofs(ProofRequest("lamp-mail"))
    assert seen(found) == [
        (1, None, "A", "A lamp for Ada"),
        (1, "de", "A", "Eine Lampe"),
        (1, None, "B", "More light"),
        (1, "de", "B", "Eine Lampe"),
        (2, None, None, "Still dark"),
    ]
    assert [proof.name for proof in found][1::3] == ["lamp-mail-1-A-de", "lamp-mail-2"]
    assert found[1].title == "Step 1, de, variant A"
    assert found[0].preheader == "It is bright."


def test_one_language_and_one_variant() -> None:
    assert seen(proofs(ProofRequest("lamp-mail", locale="de-AT", variant="B"))) == [
        (1, "de-AT", "B", "Eine Lampe"),
        (2, "de-AT", None, "Still dark"),
    ]


def test_a_language_that_the_step_lacks_is_shown_the_original() -> None:
    assert seen(proofs(ProofRequest("lamp-mail", step=1, locale="fr"))) == [
        (1, "fr", "A", "A lamp for Ada"),
        (1, "fr", "B", "More light"),
    ]


def test_a_text_message_has_segments_and_no_subject() -> None:
    [proof] = proofs(ProofRequest("lamp-text"))
    assert (proof.text, proof.segments) == ("Cast & Iron: your lamp is here", 1)
    assert (proof.subject, proof.preheader, proof.html) == (None, None, None)


def test_links_are_not_tracked_and_pictures_are_drawn() -> None:
    html = proofs(ProofRequest("lamp-mail", step=1))[0].html
    assert html
    assert "/c/" not in html
    assert "https://shop.example/images/" not in html


def test_a_template_error_is_raised_with_its_place() -> None:
    rows = read_campaigns(LAMPS.replace("Licht", "{{ nichts }}"))
    with pytest.raises(InvalidCampaignFile, match="lamp-mail, step 1, de, variant A: body, line 1: 'nichts'"):
        make_proofs(rows, ProofRequest("lamp-mail"), Settings(_env_file=None), NOW)

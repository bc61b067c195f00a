"""A step is checked as a whole: its prompt and its templates."""

from dataclasses import replace

import pytest

from activities.content.templates import TemplateError
from activities.writing.wording_check import check_wording
from lifecycle.wording import Wording
from tests.activities.writing.study import ROW


def test_valid_wording_passes() -> None:
    check_wording(replace(ROW, wording=replace(ROW.wording, prompt="About {{ product.name }}")))


@pytest.mark.parametrize(
    ("wording", "field"),
    [
        (Wording("<p>Hello</p>", "Hello", prompt="{{ nonsense }}"), "prompt"),
        (Wording("{{ nonsense }}", "Hello", prompt="About {{ product.name }}"), "body"),
        (Wording("<p>Hello</p>", "{{ nonsense }}"), "subject"),
    ],
)
def test_the_error_names_the_field(wording: Wording, field: str) -> None:
    with pytest.raises(TemplateError, match=f"^guide, step 1: {field}, line 1: "):
        check_wording(replace(ROW, wording=wording))

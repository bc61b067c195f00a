"""`retention coupon`: codes are imported from a file, and pools are listed."""

from pathlib import Path

import pytest

from tests.starter.commands.conftest import Command

CAMPAIGN = """
campaigns:
  - {slug: kettle-offer, name: Offer, trigger_event: "CUSTOM:kettle", channel: EMAIL, purpose: marketing,
     subject: For you,
     body: "<p>{% if coupon %}{{ coupon.code }}{% endif %}</p>", coupon_pool: kettle}
"""


def pools(quick: Command) -> dict[str, dict[str, object]]:
    """What is listed of each pool."""
    return {pool["pool"]: pool for pool in quick("coupon", "list", "--json").json}


def test_codes_are_imported_counted_and_missed(quick: Command, tmp_path: Path) -> None:
    (tmp_path / "offer.yaml").write_text(CAMPAIGN)
    applied = quick("campaign", "apply", "offer.yaml", "--json").json
    assert applied["warnings"] == [
        "there is no pool kettle; `retention coupon import kettle FILE.csv`, or a coupon_fallback"
    ]
    assert pools(quick)["kettle"] == {
        "pool": "kettle",
        "free": 0,
        "reserved": 0,
        "given": 0,
        "expired": 0,
        "campaigns": ["kettle-offer"],
        "few_left": True,
    }
    assert "kettle: there is no code" in quick("coupon", "list").output

    (tmp_path / "codes.csv").write_text("code\n" + "\n".join(f"KETTLE{number}" for number in range(12)) + "\nKETTLE1\n")
    tried = quick("coupon", "import", "kettle", "codes.csv", "--dry-run", "--json").json
    assert (tried["rows"], tried["added"], tried["refused"]) == (13, 12, {"is in the file twice": 1})
    assert pools(quick)["kettle"]["free"] == 0

    imported = quick("coupon", "import", "kettle", "codes.csv", "--expires", "2099-12-31").output
    assert imported.startswith("codes.csv: 13 rows, 12 codes added to kettle, 1 refused\n")
    assert "codes.csv.refused.csv" in imported
    assert (pools(quick)["kettle"]["free"], pools(quick)["kettle"]["few_left"]) == (12, False)
    assert quick("campaign", "apply", "offer.yaml", "--json").json["warnings"] == []

    again = quick("coupon", "import", "kettle", "codes.csv")
    assert (again.status, again.error) == (1, "no row of the file could be used\n")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["Kettle", "codes.csv"], "POOL: must be lower-case letters, digits and hyphens"),
        (["kettle", "nowhere.csv"], "FILE: nowhere.csv is not a file"),
        (["kettle", "codes.csv", "--expires", "soon"], "--expires: must be a date or a time"),
        (["kettle", "codes.csv", "--expires", "2020-01-01"], "--expires: is in the past"),
        (["kettle", "codes.csv", "--refused", "codes.csv"], "--refused: is the imported file itself"),
        (["kettle", "wide.csv"], "FILE: has several columns, and none is called code"),
    ],
)
def test_wrong_use_is_one_line(quick: Command, tmp_path: Path, arguments: list[str], line: str) -> None:
    (tmp_path / "codes.csv").write_text("code\nWRONG1\n")
    (tmp_path / "wide.csv").write_text("name,value\nWRONG1,2\n")
    answer = quick("coupon", "import", *arguments)
    assert (answer.status, answer.output) == (2, "")
    assert answer.error.startswith(line)
    assert answer.error.count("\n") == 1

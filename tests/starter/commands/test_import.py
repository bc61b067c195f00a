"""`retention import`: what the command asks for, says, and leaves behind."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.starter.commands.conftest import Command
from tests.starter.commands.waiting import eventually

HEADER = "order_id,customer_email,occurred_at,total\n"
FADING = "fading.vip@example.com"


def ago(days: float) -> str:
    """A time so many days ago."""
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def test_a_vip_comes_in_with_their_timer_and_without_mail(quick: Command, tmp_path: Path) -> None:
    rows = [f"vip-{number},{FADING},{ago(days)},300.00\n" for number, days in enumerate((100, 80))]
    (tmp_path / "orders.csv").write_text(HEADER + "".join(rows) + f"vip-9,{FADING},soon,300.00\n")
    summary = quick("import", "orders", "orders.csv", "--json").json
    assert (summary["rows"], summary["used"], summary["orders"], summary["states"]) == (3, 2, 2, {"VIP": 1})
    assert summary["refused"] == {"occurred_at: must be a time such as 2026-11-22T10:15:00Z": 1}

    def show() -> object:
        return quick("customer", "show", FADING, "--json")

    shown = eventually(show, lambda found: found["workflow"] is not None and found["workflow"]["coming"])  # type: ignore[arg-type]
    [coming] = shown["workflow"]["coming"]
    left = datetime.fromisoformat(coming["at"]) - datetime.now(UTC)
    assert timedelta(days=9, hours=23) < left <= timedelta(days=10)
    timeline = quick("customer", "timeline", FADING, "--json").json
    assert [moment["message"] for moment in timeline if moment["message"]] == []

    again = quick("import", "orders", "orders.csv").output
    assert "1 customers, 1 of them unchanged; 0 orders and 0 refunds new, 2 events known already" in again
    assert "refused rows, with line and reason: orders.csv.refused.csv" in again
    assert "@" not in again
    refused = tmp_path / "orders.csv.refused.csv"
    assert refused.read_text().splitlines()[1].startswith(f"vip-9,{FADING},soon,300.00,4,occurred_at: must be")
    assert refused.stat().st_mode & 0o077 == 0


def test_customers_and_suppressions(quick: Command, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("customer_email,name\nimported.person@example.com,Ida\n")
    assert quick("import", "customers", "people.csv", "--json").json["states"] == {"VISITOR": 1}
    (tmp_path / "gone.csv").write_text("email\nimported.person@example.com\n")
    assert "2 channels of customers suppressed" in quick("import", "suppressions", "gone.csv").output


def test_a_dry_run_needs_no_server(alone: Command, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("No,Who,When,Sum\n1,7,01/12/2010 08:26,9\n2,,01/12/2010,9\n")
    (tmp_path / "map.yaml").write_text("order_id: No\noccurred_at: When\ntotal: Nothing\n")
    answer = alone(
        *("import", "orders", "orders.csv", "--dry-run", "--map-file", "map.yaml", "--map", "total=Sum"),
        *("--map", "customer_email={Who}@customers.example", "--dates", "dmy", "--time-zone", "Europe/London"),
        *("--as-of", "2010-12-24", "--refused", "bad.csv", "--json"),
    )
    summary = answer.json
    assert (summary["dry_run"], summary["orders"], summary["states"]) == (True, 1, {"CUSTOMER": 1})
    assert (summary["refused"], summary["refused_file"]) == ({"names no customer": 1}, "bad.csv")
    assert (tmp_path / "bad.csv").read_text().splitlines()[0] == "No,Who,When,Sum,refused_line,refused_reason"
    assert answer.error == ""


def test_on_a_terminal_a_bar_shows_rate_and_time_left(
    alone: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "orders.csv").write_text(HEADER + "1,ada@example.com,2026-01-01,1\n")
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = alone("import", "orders", "orders.csv", "--dry-run").error
    for part in ("reading", "1 rows, ", "history", "1 customers, ", "/s", "100%", "0:00:00"):
        assert part in shown
    assert "ada" not in shown


def test_a_file_of_which_nothing_can_be_used_is_a_failure(alone: Command, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(HEADER + "1,ada@example.com,soon,1\n")
    answer = alone("import", "orders", "orders.csv", "--dry-run")
    assert (answer.status, answer.error) == (1, "no row of the file could be used\n")
    (tmp_path / "empty.csv").write_text(HEADER)
    assert alone("import", "orders", "empty.csv", "--dry-run").status == 0


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["orders", "nowhere.csv"], "FILE: nowhere.csv is not a file"),
        (["orders", "a.csv", "--map-file", "nowhere.yaml"], "--map-file: nowhere.yaml is not a file"),
        (["orders", "a.csv", "--map", "order_id"], "--map: must be FIELD=COLUMN or FIELD=TEMPLATE"),
        (["orders", "a.csv", "--dry-run", "--map", "order_id=No"], "--map: the file has no column 'No'"),
        (["customers", "a.csv", "--dry-run"], "FILE: has no column for customer_email: map one"),
        (["suppressions", "a.csv", "--dry-run", "--encoding", "x"], "--encoding: is unknown"),
        (["orders", "a.csv", "--as-of", "2999-01-01"], "--as-of: is in the future"),
        (["orders", "a.csv", "--as-of", "then"], "--as-of: must be a date or a time"),
        (["orders", "a.csv", "--time-zone", "Mars"], "--time-zone: must be the name of a time zone"),
        (["orders", "a.csv", "--refused", "a.csv"], "--refused: is the imported file itself"),
        (["orders", "a.csv", "--dates", "ymd"], "Invalid value for '--dates'"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(arguments: list[str], line: str, alone: Command, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("one,two\n1,2\n")
    answer = alone("import", *arguments)
    assert (answer.status, answer.output) == (2, "")
    assert answer.error.startswith(line)
    assert answer.error.count("\n") == 1

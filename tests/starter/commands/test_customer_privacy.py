"""`retention customer erase` and `export`, as an operator uses them."""

import asyncio
import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path
from threading import Event, Thread

import pytest
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from localstack.stack.stack import Stack
from tests.starter.commands.conftest import Command
from tests.starter.commands.waiting import eventually


def test_a_customer_is_erased_with_a_receipt(quick: Command, stack: Stack) -> None:
    email = "to-be-erased@example.com"
    _buy(quick, email)
    seen = quick("customer", "erase", email, "--dry-run", "--json").json
    assert (seen["rows"]["customer_profiles"], seen["rows"]["state_transitions"], seen["runs"]) == (1, 1, 1)
    assert "customer_profiles" in quick("customer", "erase", email, "--dry-run").output
    assert quick("customer", "show", email, "--json").json["profile"]["state"] == "CUSTOMER"

    refused = quick("customer", "erase", email)
    assert (refused.status, refused.output) == (2, "")
    assert refused.error == "--yes: is required when standard input is not a terminal\n"

    with _skipping(stack, seen["customer_id"]):
        answer = quick("customer", "erase", email, "--yes")
    assert answer.status == 0, answer.error
    assert email not in answer.output
    assert "0 rows, 0 runs, as counted afterwards" in answer.output
    gone = quick("customer", "erase", email, "--dry-run", "--json").json
    assert (set(gone["rows"].values()), gone["runs"]) == ({0}, 0)
    assert quick("customer", "timeline", email).status == 1

    # A second erasure adds to the receipt of the first.
    with _skipping(stack, seen["customer_id"]):
        again = quick("customer", "erase", seen["customer_id"], "--yes", "--json").json
    assert again["requested_by"] == "retention customer erase"
    assert [receipt["rows"]["customer_profiles"] for receipt in (again["receipt"], *again["receipt"]["earlier"])] == [
        0,
        1,
    ]


def test_the_operator_may_decline(quick: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    answer = quick("customer", "erase", "spared@example.com")
    assert (answer.status, answer.error) == (1, "nothing was erased\n")
    assert answer.output.startswith("Erase customer ")
    assert quick("customer", "show", "spared@example.com").error.endswith("no workflow has been started\n")


class Terminal(StringIO):
    """An operator at a keyboard."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def test_an_erasure_may_be_left_alone(quick: Command, stack: Stack) -> None:
    email = "left-alone@example.com"
    begun = quick("customer", "erase", email, "--yes", "--no-wait", "--json").json
    assert begun == {"customer_id": begun["customer_id"], "workflow_id": f"erase/{begun['customer_id']}"}
    with _skipping(stack, begun["customer_id"]):
        assert quick("customer", "erase", email, "--yes", "--json").json["completed_at"]


@pytest.mark.parametrize("waiting", [[], ["--no-wait"]])
def test_a_wrong_identity_key_erases_nobody(
    quick: Command, monkeypatch: pytest.MonkeyPatch, waiting: list[str]
) -> None:
    monkeypatch.setenv("IDENTITY_KEY", "f" * 64)
    answer = quick("customer", "erase", "wrong-key@example.com", "--yes", *waiting)
    assert answer.status == 1
    assert answer.error.startswith("the identity key differs")


def test_a_customer_s_data_is_written_by_the_worker(quick: Command) -> None:
    email = "exported@example.com"
    _buy(quick, email)
    path = Path(quick("customer", "export", email, "--json").json["path"])
    try:
        assert json.loads(path.read_text(encoding="utf-8"))["profile"]["email"] == email
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        path.unlink()


def test_a_customer_s_data_is_written_here(quick: Command, tmp_path: Path) -> None:
    email = "written-here@example.com"
    _buy(quick, email)
    answer = quick("customer", "export", email, "--output", "mine.json")
    assert (answer.status, answer.output) == (0, f"{tmp_path / 'mine.json'}\n")
    document = json.loads((tmp_path / "mine.json").read_text(encoding="utf-8"))
    assert document["events"][0]["data"]["order"]["order_id"] == "7"


@pytest.mark.slow
def test_without_a_worker_both_are_begun_and_said_to_be(quick: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASK_QUEUE", "nobody-here")
    for arguments in (("erase", "nobody-erases@example.com", "--yes"), ("export", "nobody-exports@example.com")):
        answer = quick("customer", *arguments)
        assert (answer.status, answer.output) == (1, "")
        assert answer.error.startswith("no worker picks it up: start `retention worker`; ")


def test_what_cannot_be_written_is_one_line(quick: Command, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a directory")
    answer = quick("customer", "export", "nowhere@example.com", "--output", "taken/mine.json")
    assert (answer.status, answer.output, answer.error.count("\n")) == (1, "", 1)


def _buy(quick: Command, email: str) -> None:
    sent = quick(
        *("event", "send", "--type", "ORDER_PAID", "--email", email, "--set", "order.order_id=7"),
        *("--set", "order.total=60.00"),
    )
    assert sent.status == 0, sent.error
    eventually(lambda: quick("customer", "timeline", email, "--json"), lambda document: "CUSTOMER" in str(document))


@contextmanager
def _skipping(stack: Stack, customer_id: str) -> Iterator[None]:
    """Skip the half minute in the middle of a customer's erasure, beside the command that waits for it."""
    over = Event()
    thread = Thread(target=lambda: asyncio.run(_skip(stack, f"erase/{customer_id}", over)))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


async def _skip(stack: Stack, workflow_id: str, over: Event) -> None:
    client = await stack.connect()
    skipper, handle = TimeSkipper(client), client.get_workflow_handle(workflow_id)
    while not over.is_set():
        with suppress(RPCError, TimeoutError):  # not there, or busy
            await asyncio.wait_for(skipper.fast_forward(handle, timedelta(seconds=31)), 2)
        await asyncio.sleep(0.1)

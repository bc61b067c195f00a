"""`retention content`: texts by a language model, read and decided on by people."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

import typer

from db.content.contents import ContentRecord
from db.schema.tables.contents import CONTENT_STATUSES
from operations.messages.content import (
    MOST_LISTED,
    decide_contents,
    find_content,
    find_contents,
    list_contents,
    pending_contents,
    short_key,
)
from settings import Settings
from starter.commands.context import find_settings, now
from starter.commands.database_operation import run_on_database
from starter.commands.errors import UsageError
from starter.commands.input import confirm, parse_statuses
from starter.commands.options import AsJson, example
from starter.commands.output import cell, console, fields, moment, print_json, say, table

app = typer.Typer(
    no_args_is_help=True,
    help="Texts by a language model: list, show, approve and reject them.",
    epilog=example("retention content list --status PENDING"),
)

COLUMNS = ("Text", "Status", "Campaign", "Product", "Language", "Model", "Tokens", "Cost", "Written", "Reason")

Key = Annotated[str, typer.Argument(metavar="KEY", help="As `retention content list` shows it; a prefix is enough.")]
Keys = Annotated[
    list[str], typer.Argument(metavar="KEY…", help="As `retention content list` shows them; prefixes are enough.")
]
KeysOrNone = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY…", help="As `retention content list` shows them; prefixes are enough."),
]
Campaign = Annotated[str | None, typer.Option(metavar="SLUG", help="Only texts of one campaign.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command(
    "list", epilog=example("retention content list", "retention content list --status PENDING --campaign care-guide")
)
def list_(
    status: Annotated[
        str | None, typer.Option(metavar="PENDING,FAILED,…", help=f"Only these: {', '.join(CONTENT_STATUSES)}.")
    ] = None,
    campaign: Campaign = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_LISTED, help="How many at most.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List texts, the newest first: what was written, what waits for approval, and what failed and why."""
    statuses = CONTENT_STATUSES if status is None else parse_statuses(status)
    found = run_on_database(
        find_settings(), lambda engine: list_contents(engine, statuses=statuses, campaign=campaign, limit=limit)
    )
    if as_json:
        print_json([_content_values(content) for content in found])
    elif found:
        console().print(table(None, COLUMNS, map(_cells, found)))
    else:
        say("no such texts")


@app.command(epilog=example("retention content show 3f9a0c1d2b4e"))
def show(key: Key, as_json: AsJson = False) -> None:
    """Show one text, its prompt, and what it cost."""
    content = run_on_database(find_settings(), lambda engine: find_content(engine, key))
    if as_json:
        print_json(_content_values(content))
        return
    console().print(fields(_facts(content)))
    for line in _lines(content.body):
        console().print(cell(line))


@app.command(epilog=example("retention content approve 3f9a0c1d2b4e", "retention content approve --all-pending"))
def approve(
    keys: KeysOrNone = None,
    all_pending: Annotated[bool, typer.Option("--all-pending", help="All that wait for approval.")] = False,
    campaign: Campaign = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Approve texts for customers. An approved text is used until it expires."""
    if bool(keys) == all_pending:
        raise UsageError("give one KEY or more, or --all-pending")
    if campaign is not None and not all_pending:
        raise UsageError("--campaign: goes with --all-pending")
    settings = find_settings()
    if keys:
        chosen = run_on_database(settings, lambda engine: find_contents(engine, keys))
    else:
        chosen = run_on_database(settings, lambda engine: pending_contents(engine, campaign))
        if chosen and not yes:
            confirm(f"Approve {len(chosen)} text{'s' if len(chosen) > 1 else ''} unread?", if_not="nothing was decided")
    _decide(settings, chosen, approved=True, as_json=as_json)


@app.command(epilog=example("retention content reject 3f9a0c1d2b4e"))
def reject(keys: Keys, as_json: AsJson = False) -> None:
    """Reject texts for good. A changed prompt has new ones written."""
    settings = find_settings()
    chosen = run_on_database(settings, lambda engine: find_contents(engine, keys))
    _decide(settings, chosen, approved=False, as_json=as_json)


def _decide(settings: Settings, chosen: Sequence[ContentRecord], *, approved: bool, as_json: bool) -> None:
    decision = run_on_database(settings, lambda engine: decide_contents(engine, chosen, now(), approved=approved))
    if as_json:
        print_json([{"content_key": content.content_key, "status": decision.status} for content in decision.contents])
        return
    for content in decision.contents:
        say(f"{short_key(content)} is {decision.status}: {content.product_name}, {content.language}")
    say(decision.what_happens_next if decision.contents else "no such texts")


def _cells(content: ContentRecord) -> tuple[object, ...]:
    spent = content.spent
    return (
        *(short_key(content), content.status, content.slug, content.product_name, content.language, content.model),
        *(spent.tokens or None, _cost(spent.cost), content.created_at, content.reason),
    )


def _facts(content: ContentRecord) -> list[tuple[str, object]]:
    decided = f", decided {moment(content.decided_at)}" if content.decided_at else ""
    expires = moment(content.expires_at) if content.expires_at else None
    return [
        ("Text", content.content_key),
        ("Status", f"{content.status}{decided}"),
        ("Reason", content.reason),
        ("Campaign", content.slug),
        ("Product", f"{content.product_name} ({content.sku})"),
        ("Language", content.language),
        ("Model", content.model),
        ("Prompt", content.prompt),
        ("Tokens", f"{content.spent.input_tokens} read, {content.spent.output_tokens} written"),
        ("Cost", _cost(content.spent.cost)),
        ("Written", moment(content.created_at)),
        ("Expires", expires),
    ]


def _lines(body: dict[str, Any] | None) -> list[str]:
    if body is None:
        return []
    points = [f"- {point}" for point in body["points"]]
    return ["", body["heading"], *(line for paragraph in body["paragraphs"] for line in ("", paragraph)), "", *points]


def _cost(cost: Decimal) -> str | None:
    return f"{cost:f}" if cost else None


def _content_values(content: ContentRecord) -> dict[str, object]:
    hidden = {"fence", "lease_left", "spent"}
    return {name: value for name, value in vars(content).items() if name not in hidden} | vars(content.spent)

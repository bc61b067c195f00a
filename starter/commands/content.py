"""`retention content`: what a language model wrote, read and decided on by people."""

import asyncio
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

import typer

from db.content.contents import ContentRecord, Contents
from db.schema.tables.contents import CONTENT_STATUSES
from operations.access.connections import open_database
from settings import Settings
from starter.commands.context import find_settings, now
from starter.commands.errors import Failed, WrongUse
from starter.commands.options import AsJson, example
from starter.commands.output import cell, console, fields, moment, print_json, say, table

app = typer.Typer(
    no_args_is_help=True,
    help="Texts by a language model: read, approved, rejected.",
    epilog=example("retention content list --status PENDING"),
)

SHOWN_OF_A_KEY = 12
FEWEST_OF_A_KEY = 6
KEY_CHARACTERS = frozenset("0123456789abcdef")
MOST_AT_ONCE = 10_000
COLUMNS = ("Text", "Status", "Campaign", "Product", "Language", "Model", "Tokens", "Cost", "Written", "Reason")
WHAT_HAPPENS_NEXT = {
    True: "messages that wait for it ask again a quarter of an hour after they began to wait, then in growing steps, "
    "and for the last time an hour before they expire",
    False: "messages about it carry their campaign's own text from now on, until its prompt is changed",
}

Keys = Annotated[
    list[str] | None,
    typer.Argument(metavar="KEY…", help="As `retention content list` shows them; a beginning will do."),
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
    limit: Annotated[int, typer.Option(min=1, max=MOST_AT_ONCE, help="How many at most.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Texts, the newest first: what was written, what waits to be read, and what could not be written and why."""
    found = asyncio.run(_list(find_settings(), _statuses(status), campaign, limit))
    if as_json:
        print_json([_as_values(content) for content in found])
    elif found:
        console().print(table(None, COLUMNS, map(_cells, found)))
    else:
        say("nothing here")


@app.command(epilog=example("retention content show 3f9a0c1d2b4e"))
def show(
    key: Annotated[str, typer.Argument(metavar="KEY", help="As `retention content list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """One text, what it was written from, and what that took."""
    [content] = asyncio.run(_named(find_settings(), [key]))
    if as_json:
        print_json(_as_values(content))
        return
    console().print(fields(_facts(content)))
    for line in _lines(content.body):
        console().print(cell(line))


@app.command(epilog=example("retention content approve 3f9a0c1d2b4e", "retention content approve --all-pending"))
def approve(
    keys: Keys = None,
    all_pending: Annotated[bool, typer.Option("--all-pending", help="All that wait to be read.")] = False,
    campaign: Campaign = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Let customers read texts. What is approved is used until it expires."""
    if bool(keys) == all_pending:
        raise WrongUse("give one KEY or more, or --all-pending")
    if campaign is not None and not all_pending:
        raise WrongUse("--campaign: goes with --all-pending")
    settings = find_settings()
    if keys:
        chosen = asyncio.run(_named(settings, keys))
    else:
        chosen = asyncio.run(_list(settings, ["PENDING"], campaign, MOST_AT_ONCE))
        if chosen and not yes:
            _ask(f"Approve {len(chosen)} text{'s' if len(chosen) > 1 else ''} unread?")
    _decide(settings, chosen, approved=True, as_json=as_json)


@app.command(epilog=example("retention content reject 3f9a0c1d2b4e"))
def reject(
    keys: Annotated[
        list[str], typer.Argument(metavar="KEY…", help="As `retention content list` shows them; a beginning will do.")
    ],
    as_json: AsJson = False,
) -> None:
    """Keep texts from customers for good. A changed prompt has others written."""
    settings = find_settings()
    _decide(settings, asyncio.run(_named(settings, keys)), approved=False, as_json=as_json)


def _decide(settings: Settings, chosen: Sequence[ContentRecord], *, approved: bool, as_json: bool) -> None:
    for content in chosen:
        if content.body is None:
            raise Failed(f"KEY: {_short(content)} is {content.status}: there is no text to decide on")
    decided = asyncio.run(_write(settings, [content.content_key for content in chosen], approved=approved))
    told = [content for content in chosen if content.content_key in decided]
    status = "APPROVED" if approved else "REJECTED"
    if as_json:
        print_json([{"content_key": content.content_key, "status": status} for content in told])
        return
    for content in told:
        say(f"{_short(content)} is {status}: {content.product_name}, {content.language}")
    say(WHAT_HAPPENS_NEXT[approved] if told else "nothing here")


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise WrongUse("--yes: has to be given where nobody can be asked")
    if not typer.confirm(question):
        raise Failed("nothing was decided")


def _statuses(given: str | None) -> Sequence[str]:
    if given is None:
        return CONTENT_STATUSES
    statuses = [status.strip().upper() for status in given.split(",") if status.strip()]
    if not statuses or not set(statuses) <= set(CONTENT_STATUSES):
        raise WrongUse(f"--status: must be some of {', '.join(CONTENT_STATUSES)}, separated by commas")
    return statuses


def _cells(content: ContentRecord) -> tuple[object, ...]:
    spent = content.spent
    return (
        *(_short(content), content.status, content.slug, content.product_name, content.language, content.model),
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


def _short(content: ContentRecord) -> str:
    return content.content_key[:SHOWN_OF_A_KEY]


def _as_values(content: ContentRecord) -> dict[str, object]:
    hidden = {"fence", "lease_left", "spent"}
    return {name: value for name, value in vars(content).items() if name not in hidden} | vars(content.spent)


async def _list(
    settings: Settings, statuses: Sequence[str], campaign: str | None, most: int
) -> tuple[ContentRecord, ...]:
    async with open_database(settings) as engine:
        return await Contents(engine).list(statuses, campaign, most)


async def _named(settings: Settings, keys: Sequence[str]) -> tuple[ContentRecord, ...]:
    async with open_database(settings) as engine:
        return tuple([await _beginning_with(Contents(engine), key.strip().lower()) for key in dict.fromkeys(keys)])


async def _beginning_with(contents: Contents, prefix: str) -> ContentRecord:
    if len(prefix) < FEWEST_OF_A_KEY or not KEY_CHARACTERS.issuperset(prefix):
        raise WrongUse(f"KEY: must be {FEWEST_OF_A_KEY} or more of the characters that `retention content list` shows")
    found = await contents.beginning_with(prefix, most=2)
    if len(found) != 1:
        told = "several texts begin so: give more of it" if found else "there is no such text"
        raise Failed(f"KEY: {told}; `retention content list` names them")
    return found[0]


async def _write(settings: Settings, keys: Sequence[str], *, approved: bool) -> frozenset[str]:
    async with open_database(settings) as engine:
        return await Contents(engine).decide(keys, now(), approved=approved)

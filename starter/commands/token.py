"""`retention token`: who may call the gateway."""

from typing import Annotated

import typer

from db.installation.tokens import StoredToken
from operations.access.tokens import TokenScope, create_token, list_tokens, revoke_token
from starter.commands.context import find_settings, now
from starter.commands.database_operation import run_on_database
from starter.commands.options import AsJson, example
from starter.commands.output import console, print_json, say, table

app = typer.Typer(
    no_args_is_help=True, help="Tokens: who may call the gateway.", epilog=example("retention token create")
)


@app.command(epilog=example("retention token create", "retention token create --scope events --scope customers"))
def create(
    scope: Annotated[list[TokenScope] | None, typer.Option(help="What it permits; may be given again.")] = None,
    as_json: AsJson = False,
) -> None:
    """Create a token and print it, only this once. Without --scope it may only send events."""
    scopes = sorted(set(scope or [TokenScope.EVENTS]))
    token = run_on_database(find_settings(), lambda engine: create_token(engine, scopes, now()))
    if as_json:
        print_json({"key_id": token.key_id, "scopes": scopes, "token": token.text})
    else:
        say(token.text)


@app.command("list", epilog=example("retention token list"))
def list_(as_json: AsJson = False) -> None:
    """All tokens by their key ids, revoked ones too; never the tokens themselves."""
    tokens = run_on_database(find_settings(), list_tokens)
    if as_json:
        print_json([_shown(token) for token in tokens])
        return
    rows = ((one.key_id, ", ".join(one.scopes), one.created_at, one.revoked_at) for one in tokens)
    console().print(table(None, ("Key id", "Scopes", "Created", "Revoked"), rows))


@app.command(epilog=example("retention token revoke 3f9a0c1d2b4e"))
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="As `retention token list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """Revoke a token. Running gateways reject it within seconds."""
    run_on_database(find_settings(), lambda engine: revoke_token(engine, key_id, now()))
    if as_json:
        print_json({"key_id": key_id, "revoked": True})
    else:
        say(f"{key_id} is revoked")


def _shown(token: StoredToken) -> dict[str, object]:
    return {
        "key_id": token.key_id,
        "scopes": token.scopes,
        "created_at": token.created_at,
        "revoked_at": token.revoked_at,
    }

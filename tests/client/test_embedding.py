"""The client embedded in a backend that has modules of the engine's names, and none of the engine's code."""

import ast
import json
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

import retention_client

CLIENT = Path(retention_client.__file__).parents[2]
SOURCES = sorted((CLIENT / "src").rglob("*.py"))
ALLOWED = {"retention_client", "pydantic", "pydantic_core", "email_validator", "temporalio", "httpx2"}
ENGINE = ("activities", "db", "intake", "lifecycle", "localstack", "operations", "settings", "starter", "worker")
NEVER_LOADED = ("sqlalchemy", "psycopg", "phonenumbers", "jinja2", "fastapi", "typer", "structlog")

BACKEND = """
import asyncio, json, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer

engine, never_loaded, site_packages, client, shop = json.loads(sys.argv[1])
sys.path[:0] = [shop, client, *site_packages]

import db, settings, worker
import lifecycle.orders

import retention_client
assert not {"temporalio", "httpx2"} & set(sys.modules), "importing the package loads only what it needs"
from retention_client import GatewayClient, InvalidEvent, StorefrontClient, customer_id
from retention_client.testing import RecordingClient


class Gateway(BaseHTTPRequestHandler):
    def do_POST(self):
        events = json.loads(self.rfile.read(int(self.headers["content-length"])))
        assert self.headers["authorization"] == f"Bearer {settings.TOKEN}"
        results = [{"index": n, "event_id": one["event_id"], "status": "accepted"} for n, one in enumerate(events)]
        body = json.dumps({"results": results}).encode()
        self.send_response(202)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


async def main():
    event = lifecycle.orders.paid()
    fake = RecordingClient()
    await worker.report(fake, event)
    assert [one.order.order_id for one in fake.events] == ["1"]
    try:
        await worker.report(fake, {**event, "order": {}})
    except InvalidEvent as error:
        assert error.field == "order.order_id"
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    async with GatewayClient(f"http://127.0.0.1:{server.server_port}", settings.TOKEN) as gateway:
        await worker.report(gateway, event)
    server.shutdown()
    storefront = StorefrontClient(None, identity_key="a key")
    assert storefront.customer_id("ADA@example.com") == customer_id(b"a key", "ada@example.com")

asyncio.run(main())
theirs = {name: getattr(sys.modules[name], "__file__", None) for name in engine if name in sys.modules}
assert all(file.startswith(shop) for file in theirs.values()), theirs
assert set(theirs) == {"db", "settings", "worker", "lifecycle"}, theirs
assert db.OWNER == settings.OWNER == "the shop"
loaded = sorted({name.partition(".")[0] for name in sys.modules} & set(never_loaded))
assert not loaded, loaded
print("embedded")
"""


def test_it_works_next_to_modules_of_the_same_names(tmp_path: Path) -> None:
    for name, text in {
        "db/__init__.py": "OWNER = 'the shop'",
        "settings.py": "OWNER, TOKEN = 'the shop', 't-1'",
        "worker.py": "async def report(client, event):\n    return await client.send(event)",
        "lifecycle/__init__.py": "",
        "lifecycle/orders.py": (
            "def paid():\n"
            "    return {'type': 'ORDER_PAID', 'event_id': 'e-1', 'customer_email': 'ada@example.com',\n"
            "            'occurred_at': '2026-11-22T10:15:00Z',\n"
            "            'order': {'order_id': '1', 'total': '9.90', 'currency': 'USD'}}"
        ),
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    paths = [ENGINE, NEVER_LOADED, _site_packages(), str(CLIENT / "src"), str(tmp_path)]
    # Isolated, and without `site`: neither this directory nor an editable installation is on the path.
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error::ImportWarning", "-c", BACKEND, json.dumps(paths)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "embedded\n"), ended.stderr


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_it_imports_only_what_it_declares(source: Path) -> None:
    allowed = ALLOWED | set(sys.stdlib_module_names)
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names]
            case ast.ImportFrom():
                assert node.level == 0
                names = [node.module or ""]
            case _:
                continue
        assert {name.partition(".")[0] for name in names} <= allowed


def test_it_declares_what_it_imports_and_has_one_top_level_name() -> None:
    project = tomllib.loads((CLIENT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {
        requirement.partition(">")[0].partition("[")[0].replace("-", "_") for requirement in project["dependencies"]
    }
    assert declared | {"pydantic_core", "retention_client"} == ALLOWED
    assert [path.name for path in (CLIENT / "src").iterdir() if not path.name.endswith(".egg-info")] == [
        "retention_client"
    ]
    assert (CLIENT / "src/retention_client/py.typed").exists()


@pytest.mark.parametrize("name", retention_client.__all__)
def test_everything_that_is_public_can_be_imported(name: str) -> None:
    assert getattr(retention_client, name) is not None


def test_what_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        retention_client.Nothing  # noqa: B018


def _site_packages() -> list[str]:
    """Where pydantic, httpx2 and temporalio are installed."""
    specs = [find_spec(name) for name in ("pydantic", "httpx2", "temporalio", "email_validator")]
    return sorted({str(Path(spec.origin).parents[1]) for spec in specs if spec is not None and spec.origin})

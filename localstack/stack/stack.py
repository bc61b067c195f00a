"""The local stack: PostgreSQL, Temporal, a mail server, workers and the gateway on one machine."""

import asyncio
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import SecretStr
from temporalio.client import Client
from temporalio.envconfig import ClientConfig

from db.schema.upgrade import upgrade, worker_url
from localstack.servers.child_process import ChildProcess
from localstack.servers.file_lock import try_lock
from localstack.servers.mail_server import MailServer
from localstack.servers.ports import HOST, reserve_port
from localstack.servers.postgres import EmbeddedPostgres
from localstack.servers.temporal_server import NAMESPACE, TemporalServer
from localstack.stack.readiness import is_polling, is_ready
from localstack.stack.running_stacks import LOCK, announce
from localstack.stack.stack_secrets import development_token, identity_key, stored_secret
from settings import Settings

PROJECT = Path(__file__).parents[2]
WORKER = PROJECT / "worker.py"
PROGRAM_START_SECONDS = 60
PROGRAM_STOP_SECONDS = 30
WATCH_SECONDS = 1


class StackError(Exception):
    """The stack, or a program of it, cannot run; the message says why."""


@dataclass(frozen=True)
class StackPrograms:
    """The arguments with which Python runs the stack's programs."""

    worker: tuple[str | Path, ...] = (WORKER,)
    # Without the current directory on the path: it may contain another `settings.py`.
    gateway: tuple[str | Path, ...] = ("-P", "-m", "starter.commands", "gateway")


class Stack:
    """The embedded servers, each replaced by your own server if a setting names one, with workers and gateway.

    `async with Stack(settings)` starts PostgreSQL with its tables (unless DATABASE_URL is set), Temporal (unless
    TEMPORAL_ADDRESS is set) and the mail server (unless EMAIL_URL is set), then the workers and the gateway, and stops
    them in reverse. With a `directory` all data is stored there for the next start; without one it is deleted at the
    end. Your own database is not changed: `retention db upgrade` creates its tables, and `retention token create` its
    tokens. The embedded one has a token with all scopes, and a secret that signs Shopify's webhooks.
    """

    postgres: EmbeddedPostgres | None = None
    temporal: TemporalServer | None = None
    mail: MailServer | None = None
    gateway: ChildProcess | None = None
    token: str | None = None
    token_file: Path | None = None
    shopify_secret_file: Path | None = None

    def __init__(
        self,
        settings: Settings,
        *,
        directory: Path | None = None,
        workers: int = 1,
        gateway: bool = True,
        programs: StackPrograms | None = None,
    ) -> None:
        self.settings = settings
        self.directory = Path(tempfile.mkdtemp(prefix="retention-")) if directory is None else directory.absolute()
        self.workers: list[ChildProcess] = []
        self._is_persistent = directory is not None
        self._worker_count = workers
        self._with_gateway = gateway
        self._commands = programs or StackPrograms()
        self._programs: list[ChildProcess] = []
        self._replaced: set[str] = set()
        self._temporal_variables: dict[str, str] = {}
        self._cleanup = AsyncExitStack()

    @property
    def temporal_address(self) -> str:
        """Host and port of the Temporal server."""
        return self.temporal.address if self.temporal else os.environ["TEMPORAL_ADDRESS"]

    @property
    def gateway_url(self) -> str:
        """The gateway's URL, without a slash at the end."""
        return f"http://{HOST}:{self.settings.gateway_port}"

    def environment(self) -> dict[str, str]:
        """All environment variables for a child process that uses this stack, including secrets."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if self.temporal is None or not name.startswith("TEMPORAL_")
        }
        return inherited | self.settings.environment() | self._temporal_variables

    async def connect(self) -> Client:
        """A plain client of this stack's Temporal server, without the application's data converter."""
        return await Client.connect(**ClientConfig.load_client_connect_config(override_env_vars=self.environment()))

    def launch(self, name: str, *arguments: str | Path) -> ChildProcess:
        """Start a program with this stack's environment; it logs to `logs/<name>.log` and ends with the stack.

        Call it on the thread that runs the event loop: on Linux the program ends when that thread does.
        """
        modules = os.pathsep.join(filter(None, (str(PROJECT), os.environ.get("PYTHONPATH"))))
        environment = {**self.environment(), "PYTHONPATH": modules}
        process = ChildProcess(arguments, self.directory / "logs" / f"{name}.log", environment=environment)
        self._programs.append(process)
        return process

    async def start_worker(self) -> ChildProcess:
        """Start one more worker and wait until it polls. Raises StackError with the end of its log."""
        worker = self.launch(f"worker-{len(self.workers) + 1}", sys.executable, *self._commands.worker)
        self.workers.append(worker)
        client, task_queue = await self.connect(), self.settings.task_queue
        await self._until(lambda: is_polling(client, task_queue, worker.pid), worker, "worker")
        return worker

    async def start_gateway(self) -> ChildProcess:
        """Start or restart the gateway and wait until it is ready. Raises StackError with the end of its log."""
        self.gateway = gateway = self.launch("gateway", sys.executable, *self._commands.gateway)
        await self._until(lambda: is_ready(self.gateway_url), gateway, "gateway")
        return gateway

    async def watch(self) -> None:
        """Wait while everything runs. Raises StackError when a worker or the gateway has ended."""
        while True:
            for program in (*self.workers, *([self.gateway] if self.gateway else [])):
                if not program.running:
                    raise StackError(f"the {program.log.stem} ended; see {program.log}")
            await asyncio.sleep(WATCH_SECONDS)

    async def start(self) -> None:
        """Start all servers and programs. Raises StackError, or the error of the server that did not start."""
        try:
            self._lock_directory()
            await self._start_database()
            await self._start_temporal()
            await self._start_mail()
            if self._with_gateway:
                await self._prepare_gateway()
            self._cleanup.enter_context(announce(self.directory, self._announced()))
            self._cleanup.push_async_callback(self._stop_programs)
            for _ in range(self._worker_count):
                await self.start_worker()
            if self._with_gateway:
                await self.start_gateway()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop everything, the gateway first and then the workers. May be called twice."""
        await self._cleanup.aclose()

    async def _stop_programs(self) -> None:
        if self.gateway:
            await asyncio.to_thread(self.gateway.stop, PROGRAM_STOP_SECONDS)
        await asyncio.gather(*(asyncio.to_thread(p.stop, PROGRAM_STOP_SECONDS) for p in self._programs))

    def _use(self, **values: object) -> None:
        """Replace settings, for this process and for its children."""
        self.settings = self.settings.model_copy(update=values)
        self._replaced |= values.keys()

    def _announced(self) -> dict[str, str]:
        names = {name.upper() for name in self._replaced}
        replaced = {name: value for name, value in self.settings.environment().items() if name in names}
        return replaced | self._temporal_variables | ({"GATEWAY_TOKEN": self.token} if self.token else {})

    def _lock_directory(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        if not self._is_persistent:
            self._cleanup.callback(shutil.rmtree, self.directory, ignore_errors=True)
        lock = try_lock(self.directory / LOCK)
        if lock is None:
            raise StackError(f"DATA_DIRECTORY: another stack is running in {self.directory}")
        self._cleanup.enter_context(lock)
        self._use(data_directory=self.directory, identity_key=identity_key(self.settings, self.directory))
        for name, file in (("sms_outbox", "sms"), ("export_directory", "exports")):
            if name not in self.settings.model_fields_set:
                self._use(**{name: self.directory / file})

    async def _start_database(self) -> None:
        if self.settings.database_url:
            return
        self.postgres = EmbeddedPostgres(self.directory)
        self._cleanup.push_async_callback(asyncio.to_thread, self.postgres.stop)
        admin_url = self.postgres.start()  # on this thread: the server ends with the thread that started it
        password = secrets.token_urlsafe()
        await asyncio.to_thread(upgrade, admin_url, worker_password=password)
        self._use(database_admin_url=admin_url, database_url=worker_url(admin_url, "retention_worker", password))

    async def _start_temporal(self) -> None:
        if os.environ.get("TEMPORAL_ADDRESS"):
            return
        self.temporal = TemporalServer(
            self._port("TEMPORAL_PORT", self.settings.temporal_port, 7233),
            self._port("TEMPORAL_UI_PORT", self.settings.temporal_ui_port, 8233),
            self.directory / "logs" / "temporal.log",
            database=self.directory / "temporal.db" if self._is_persistent else None,
            binary=self.settings.temporal_binary,
        )
        await self._cleanup.enter_async_context(self.temporal)
        self._use(temporal_ui_url=self.temporal.ui_url)
        self._temporal_variables = {
            "TEMPORAL_ADDRESS": self.temporal.address,
            "TEMPORAL_NAMESPACE": NAMESPACE,
            # A profile in the user's file could require TLS or a key.
            "TEMPORAL_CONFIG_FILE": os.devnull,
        }

    async def _start_mail(self) -> None:
        if self.settings.email_url:
            return
        self.mail = MailServer(self._port("SMTP_PORT", self.settings.smtp_port, 1025), self.directory / "mail")
        await self._cleanup.enter_async_context(self.mail)
        self._use(email_url=self.mail.url)

    async def _prepare_gateway(self) -> None:
        """Set what the worker needs to know about the gateway before it runs."""
        port = self._port("GATEWAY_PORT", self.settings.gateway_port, 8080)
        self._use(gateway_host=HOST, gateway_port=port)
        if self.settings.public_url == Settings.model_fields["public_url"].default:
            self._use(public_url=self.gateway_url)
        if self.postgres is None or self.settings.database_url is None:
            return
        self.token_file = self.directory / "gateway.token"
        self.token = await development_token(self.settings.database_url, self.token_file)
        if self.settings.shopify_secrets is None:
            self.shopify_secret_file = self.directory / "shopify.secret"
            secret = stored_secret(self.shopify_secret_file, lambda: secrets.token_hex(32))
            self._use(shopify_secrets=SecretStr(secret))

    def _port(self, setting: str, wanted: int | None, default: int) -> int:
        port = reserve_port(setting, wanted, default)
        self._cleanup.callback(port.release)
        return port.number

    async def _until(self, ready: Callable[[], Awaitable[bool]], program: ChildProcess, name: str) -> None:
        for _ in range(PROGRAM_START_SECONDS * 5):
            if not program.running:
                raise StackError(f"the {name} did not start: {program.log_tail()}")
            if await ready():
                return
            await asyncio.sleep(0.2)
        raise StackError(f"the {name} did not become ready; see {program.log}")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

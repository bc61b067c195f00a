"""Mail servers with special behaviour, and one that counts its connections."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from localstack.servers.mail_server import MailServer
from localstack.servers.ports import HOST

OK = "250 OK"
USER, PASSWORD = "ada", "pass:word@1"


class Counting(MailServer):
    """Counts connections and farewells; asks for TLS and a password if it should.

    When a sender is named, all hear `sender_answer`, but those who are `stale` the `stale_answer` or nothing.
    """

    def __init__(self, port: int, directory: Path, **options: Any) -> None:
        super().__init__(port, directory)
        self.connections = 0
        self.farewells = 0
        self.farewell = asyncio.Event()
        self.stale: set[SMTP] = set()
        self.stale_answer: str | None = None
        self.sender_answer = OK
        self.tls: ssl.SSLContext | None = options.pop("tls_from_the_start", None)
        self._options = options

    async def start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        listening = asyncio.get_running_loop().create_server(self._connection, HOST, self.port, ssl=self.tls)
        self._server = await listening

    async def handle_MAIL(  # noqa: N802 - aiosmtpd calls it by this name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if server in self.stale:
            if self.stale_answer is None:
                await asyncio.sleep(3600)
            return str(self.stale_answer)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.sender_answer

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        self.farewells += 1
        self.farewell.set()
        return "221 Bye"

    def make_stale(self, answer: str | None) -> None:
        """From now on, those who are connected hear only this."""
        self.stale, self.stale_answer = set(self._connections), answer

    def hang_up(self) -> None:
        """Cut all connections, and go on listening."""
        for connection in self._connections:
            if connection.transport:
                connection.transport.close()

    def _connection(self) -> SMTP:
        self.connections += 1
        connection = SMTP(self, enable_SMTPUTF8=True, hostname="localhost", **self._options)
        self._connections.add(connection)
        return connection


def only_ada(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, known: Any) -> AuthResult:
    """Lets in whoever knows the user and the password."""
    assert isinstance(known, LoginPassword)
    good = (known.login, known.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


def certificate(directory: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that no authority has signed: the server's context, and one that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = directory / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    return serving, ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode())

"""A web server on the loopback address that answers as each test says, over TLS or plainly, and a road that leads to it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PUBLIC = "93.184.215.14"
"""A number that is public; the road below leads to the server instead."""

Answer = Callable[[str], bytes | Iterator[bytes]]


@dataclass
class Server:
    """What was asked of it: the head of each request; and to which numbers connections were wanted."""

    port: int
    heads: list[str] = field(default_factory=list)
    numbers: list[tuple[str, int]] = field(default_factory=list)

    def connect(self, number: str, port: int, seconds: float) -> socket.socket:
        self.numbers.append((number, port))
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)


def answered(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """An answer: `content_type` and the like become headers."""
    told = {"content-length": str(len(body)), "content-type": "image/png"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in told.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode() + body


def elsewhere(where: str, status: str = "302 Found") -> bytes:
    return answered(status=status, location=where)


@contextmanager
def serving(answer: Answer | bytes, *, tls: bool = False) -> Iterator[Server]:
    """A server whose answer to a request's head is what `answer` gives: bytes, or pieces."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(listener.getsockname()[1])
    context = certificate()[0] if tls else None

    def serve() -> None:
        while True:
            try:
                opened, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(opened,), daemon=True).start()

    def talk(opened: socket.socket) -> None:
        try:
            if context is not None:
                opened = context.wrap_socket(opened, server_side=True)
            with opened:
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = opened.recv(4096)
                    if not piece:
                        return
                    head += piece
                server.heads.append(head.decode("latin-1"))
                given = answer if isinstance(answer, bytes) else answer(server.heads[-1])
                for piece in (given,) if isinstance(given, bytes) else given:
                    opened.sendall(piece)
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server
    finally:
        listener.close()


@cache
def certificate(name: str = "pictures.example") -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for this name, and a client's that trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "both.pem"
        pem = made.public_bytes(serialization.Encoding.PEM)
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + pem
        )
        own.load_cert_chain(path)
    return own, ssl.create_default_context(cadata=pem.decode())

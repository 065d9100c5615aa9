"""A mail server on loopback that takes what comes, with the password it was sent with."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any, NamedTuple


class Mail(NamedTuple):
    """A mail that came in."""

    password: str
    subject: str
    text: str


class _Smtp(StreamRequestHandler):
    """One connection: as much of SMTP (RFC 5321, RFC 4954) as one mail takes."""

    server: Any
    timeout = 30.0

    def handle(self) -> None:
        self._say("220 mailbox")
        password = ""
        while line := self.rfile.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            if verb == "EHLO":
                self._say("250-mailbox\r\n250 AUTH PLAIN")
            elif verb == "AUTH":
                password = base64.b64decode(rest.split()[1]).decode().split("\0")[2]
                self._say("235 welcome")
            elif verb == "DATA":
                self._say("354 go on")
                self._take(password)
                self._say("250 taken")
            elif verb == "QUIT":
                return self._say("221 bye")
            else:
                self._say("250 well")

    def _take(self, password: str) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        mail = message_from_bytes(b"".join(lines), policy=policy.default)
        body = mail.get_body(("html", "plain"))
        assert body is not None
        self.server.got.append(Mail(password, str(mail["Subject"]), body.get_content()))

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mailbox() -> Iterator[tuple[str, list[Mail]]]:
    """Listen on a free port; yield host:port and the mails that came in."""
    with ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.daemon_threads = True
        found: list[Mail] = []
        server.got = found  # type: ignore[attr-defined]
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}", found
        server.shutdown()

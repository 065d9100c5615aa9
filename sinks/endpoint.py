"""The endpoint that Prometheus scrapes: a registry on http://host:port/metrics."""

import errno
import socket
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server

from leadline.errors import ConfigError


class Endpoint:
    """A running endpoint."""

    def __init__(self, server: Any, thread: Any) -> None:
        self._server = server
        self._thread = thread
        self.port: int = server.server_port

    def close(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve(registry: CollectorRegistry, host: str, port: int) -> Endpoint:
    """Serve a registry; port 0 takes a free one. Raises ConfigError where the port cannot be had."""
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except OSError as e:
        raise ConfigError(_no_port(host, port, e)) from e
    return Endpoint(server, thread)


def probe(host: str, port: int) -> None:
    """Raise ConfigError where a port cannot be had now; it is not kept."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probed:
            probed.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # as the server: who has just left is no hindrance
            probed.bind(address)
            probed.listen(1)
    except OSError as e:
        raise ConfigError(_no_port(host, port, e)) from e


def _no_port(host: str, port: int, e: OSError) -> str:
    if e.errno == errno.EADDRINUSE:
        return (
            f"metrics.port {port} on {host} is taken, perhaps by another run; choose another with "
            "LEADLINE__METRICS__PORT=9465, or serve none with LEADLINE__METRICS__PORT=null"
        )
    return (
        f"cannot serve metrics on {host}:{port} ({e.strerror or e}); change metrics.host or metrics.port, "
        "or serve none with LEADLINE__METRICS__PORT=null"
    )

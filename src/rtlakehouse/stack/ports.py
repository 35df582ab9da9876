"""Ports that are free, and the addresses of what listens on them."""

from __future__ import annotations

import errno
import socket

from rtlakehouse.errors import UsageError

__all__ = ["address_of", "free_port"]

_TRIES = 50
_LAST = 65_535


def free_port(host: str, wanted: int) -> int:
    """The wanted port, or the next one above it that nobody listens on; 0 asks the system for any. Raises UsageError."""
    last = min(wanted + _TRIES - 1, _LAST)
    for port in range(wanted, last + 1) if wanted else [0]:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except PermissionError as error:
                raise UsageError(
                    f"Port {port} may not be used by this user: {error}. Choose one above 1023 with --port."
                ) from error
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue
                raise UsageError(f"{host!r} cannot be listened on: {error}. Choose another address with --host.") from error
            return int(probe.getsockname()[1])
    raise UsageError(f"None of the ports {wanted} to {last} on {host} is free; choose another with --port.")


def address_of(host: str, port: int) -> str:
    """Where this machine reaches what listens there."""
    reachable = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
    return f"http://{f'[{reachable}]' if ':' in reachable else reachable}:{port}"

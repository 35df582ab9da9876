"""The server that the API runs in."""

from __future__ import annotations

import socket
import sys

import uvicorn
from fastapi import FastAPI

from rtlakehouse.api.app import WRITES, create_app
from rtlakehouse.api.connections import connections
from rtlakehouse.settings import Settings
from rtlakehouse.stopping import Stop
from rtlakehouse.storage.lake import Lake

__all__ = ["serve"]

# Connections that take their time are cut after this when the server stops.
_GRACE_S = 2
# What uvicorn itself ends with.
_FAILED_TO_START = 3


class _Server(uvicorn.Server):
    """Ends the live feeds when it stops; uvicorn would wait for them, and cut them with an error in the log."""

    def __init__(self, app: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.parts.feed.stop()
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Serve the API and the page on the settings' host and port, until SIGINT or SIGTERM."""
    # Once uvicorn has stopped well it raises the signal that stopped it again, which would end the process as if by a failure.
    Stop().on_signals()
    # What cannot be served is said before there is a server that fails to start.
    Lake.create(settings.lake, WRITES)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=connections(settings),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = _Server(app, config)
    server.run()
    if not server.started:
        sys.exit(_FAILED_TO_START)

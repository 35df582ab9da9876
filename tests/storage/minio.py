"""A real object store for the tests: MinIO, which `make stores` builds."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import httpx

from faults.programs import until
from needing import missing
from rtlakehouse.environment import child_environment
from rtlakehouse.stack.ports import free_port

__all__ = ["Minio"]

_PROGRAM = Path(__file__).parent.parent.parent / "build/bin/minio"
_USER, _PASSWORD = "rtlakehouse", "rtlakehouse"


@dataclass
class Minio:
    """One server, with the bucket `shop`."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def started(cls, folder: Path) -> Minio:
        if not _PROGRAM.exists():
            missing("MinIO is not here: `make stores` builds it, with Go.")
        (folder / "data" / "shop").mkdir(parents=True)
        server = cls(folder, free_port("127.0.0.1", 0))
        server.start()
        return server

    @property
    def environment(self) -> dict[str, str]:
        """What a client's environment says of it."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": _USER,
            "AWS_SECRET_ACCESS_KEY": _PASSWORD,
            "AWS_REGION": "us-east-1",
        }

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {**child_environment(), "MINIO_ROOT_USER": _USER, "MINIO_ROOT_PASSWORD": _PASSWORD}
        command: list[str | Path] = [_PROGRAM, "server", "--quiet", "--address", f"127.0.0.1:{self.port}", self.folder / "data"]
        with (self.folder / "minio.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        until(self._is_ready, f"MinIO does not start: {(self.folder / 'minio.log').read_text('utf-8')}")

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.address}/minio/health/ready", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

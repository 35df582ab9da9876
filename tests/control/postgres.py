"""A real PostgreSQL as the tests use it: of their own, in a folder of its own, reached by a socket alone."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from needing import missing

_DEBIAN = "/usr/lib/postgresql"


@contextmanager
def running() -> Iterator[str]:
    """The folder of the socket of a server that runs during the block."""
    programs = _programs()
    # As root a folder of pytest's is one that no other user may look into, and the server refuses to run as root.
    folder = Path(tempfile.mkdtemp(prefix="rtl-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None
    try:
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        data = str(folder / "data")
        _run(user, programs / "initdb", "-D", data, "-U", "rtl", "-A", "trust", "-N", "--no-instructions")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        _run(user, programs / "pg_ctl", "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield str(folder)
        finally:
            _run(user, programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def new_database(server: str) -> str:
    """The address of an empty database of that server."""
    name = f"rtl_{uuid.uuid4().hex[:12]}"
    engine = create_engine(f"postgresql+psycopg://rtl@/postgres?host={server}", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"create database {name}"))
    engine.dispose()
    return f"postgresql://rtl@/{name}?host={server}"


def _programs() -> Path:
    """Where the newest server's programs are; Debian keeps them off the path."""
    found = sorted(Path(_DEBIAN).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    if (initdb := shutil.which("initdb")) is None:
        missing("needs PostgreSQL: apt-get install -y postgresql")
    return Path(initdb).parent


def _run(user: str | None, *command: str | Path) -> None:
    # Output goes to a file: the server would keep a pipe open for as long as it runs.
    with tempfile.TemporaryFile() as said:
        ended = subprocess.run(command, user=user, cwd="/", stdout=said, stderr=said, timeout=60, check=False)
        said.seek(0)
        assert ended.returncode == 0, said.read().decode()

"""The object store that a mirror is in: S3 and what speaks like it, Google's, Azure's, or a directory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rtlakehouse.errors import MirrorError, UsageError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

__all__ = ["Objects", "require_extra"]

_TRIES_FOR = timedelta(seconds=30)


def require_extra() -> None:
    """Raise UsageError with the command that installs what is missing."""
    if find_spec("obstore") is None:
        raise UsageError("An object store needs obstore: `pip install 'rtlakehouse[mirror]'`.")


class Objects:
    """What is under one address, by path. Whatever fails there is a MirrorError."""

    def __init__(self, address: str) -> None:
        from obstore.exceptions import BaseError

        self.address = address.rstrip("/")
        try:
            self._store = _opened(self.address)
        except (BaseError, ValueError) as error:
            raise UsageError(
                f"{address} is no address of an object store, such as s3://BUCKET/FOLDER: {_said(error)}."
            ) from error

    def names(self, folder: str) -> set[str]:
        """The paths under a folder, without it."""
        import obstore

        with self._asked():
            found = {meta["path"] for chunk in obstore.list(self._store, prefix=folder) for meta in chunk}
        return {path.removeprefix(f"{folder}/") for path in found}

    def get(self, path: str) -> bytes | None:
        """An object; None where there is none."""
        import obstore

        with self._asked():
            try:
                return bytes(obstore.get(self._store, path).bytes())
            except FileNotFoundError:
                return None

    def download(self, path: str, to: Path) -> bool:
        """Write an object into a file, whole or not at all; False where there is no such object."""
        import obstore

        to.parent.mkdir(parents=True, exist_ok=True)
        temporary = to.with_name(f".{to.name}.part")
        with self._asked():
            try:
                found = obstore.get(self._store, path)
            except FileNotFoundError:
                return False
            with open(temporary, "wb") as file:
                file.writelines(found.stream())
        temporary.replace(to)
        return True

    def put(self, path: str, content: bytes | Path) -> None:
        """Write an object whole, in place of any before."""
        import obstore

        with self._asked():
            obstore.put(self._store, path, content)

    def create(self, path: str, content: bytes) -> bool:
        """Write an object where there is none, by a conditional put; False where there is one, which stays."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._asked():
            try:
                obstore.put(self._store, path, content, mode="create")
            except AlreadyExistsError:
                return False
        return True

    @contextmanager
    def _asked(self) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except BaseError as error:
            raise MirrorError(
                f"{self.address} failed: {_said(error)}. Is the address right, and do AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,"
                " AWS_REGION and AWS_ENDPOINT_URL say whose it is and where?"
            ) from error


def _opened(address: str) -> ObjectStore:
    from obstore.store import from_url

    if address.startswith("file:"):
        return from_url(address, mkdir=True)
    # One that is away is told of soon; `rtl mirror --every` tries again by itself.
    return from_url(address, retry_config={"max_retries": 3, "retry_timeout": _TRIES_FOR})


def _said(error: Exception) -> str:
    """Its first line: the rest is for who wrote the library."""
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")

"""Erasures of a lake: who is to be erased, while that is so, and the certificates of what was done.

Below `<lake>/_rtl/erasures`: `<id>.wanted` has the user's id, and goes once the user is erased; `<id>.json` is the certificate,
which knows the user by a hash alone, keyed with the lake's own `key`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path

import msgspec

from rtlakehouse.errors import NotFoundError, UsageError
from rtlakehouse.storage.durable import sync_paths, write_atomically
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.log import read_commit

__all__ = ["DONE", "Certificate", "Checked", "Erasures", "File", "Place", "TableErased", "Wanted", "asked_for", "was_made"]

DONE = "done"
# As the contract has it.
_LONGEST_ID = 128


class Wanted(msgspec.Struct, frozen=True):
    """Whom to erase. user_id: as events have it. asked_at: RFC 3339. break_pins: versions that are pinned go as well."""

    tenant_id: str
    user_id: str
    asked_at: str
    asked_by: str
    why: str = ""
    break_pins: bool = False


class File(msgspec.Struct, frozen=True):
    """A data file: its path below its table, size, and BLAKE2b-128; empty where none was on record."""

    path: str
    size_bytes: int
    blake2b: str


class TableErased(msgspec.Struct, frozen=True):
    """What an erasure did to a table. version: the one that it made. first_version: versions before this one are gone."""

    table: str
    removed: tuple[File, ...]
    added: tuple[File, ...]
    version: int | None = None
    first_version: int | None = None
    deleted_files: int = 0


class Place(msgspec.Struct, frozen=True):
    """The last record of a source partition that the erasure looked at; what comes after it came after the erasure."""

    source: str
    topic: str
    partition: int
    position: int


class Checked(msgspec.Struct, frozen=True):
    """What was found when all files of the lake were read again.

    records: of the user, received before the erasure; it is complete where there are none. since: received after it.
    mentions: records of others that hold the user's id as a value. texts: other files that hold it. control_store: its files that
    do, where it is in the lake: saved queries and the like, which only who wrote them can change.
    """

    at: str
    files: int
    records: int
    since: int
    mentions: int
    texts: tuple[str, ...] = ()
    control_store: tuple[str, ...] = ()


class Certificate(msgspec.Struct, frozen=True):
    """What an erasure did.

    subject: HMAC of tenant and user. state: `rewriting` before the tables are changed, `rewritten` once they are, `done`.
    number: of the ledger's version that made it visible. records: of the user, by table, as they were. windows: that changed, by
    gold table. snapshots: published ones that were replaced. pins: that were broken.
    """

    id: str
    tenant_id: str
    subject: str
    asked_at: str
    asked_by: str
    why: str
    state: str
    number: int
    records: dict[str, int]
    windows: dict[str, int]
    tables: tuple[TableErased, ...]
    upto: tuple[Place, ...]
    snapshots: int = 0
    pins: int = 0
    checked: Checked | None = None
    done_at: str | None = None


def asked_for(wanted: Wanted) -> Wanted:
    """What is wanted, as it may be. Raises UsageError for an id that no event can have, and for a reason that names the user."""
    if not 1 <= len(wanted.user_id) <= _LONGEST_ID:
        raise UsageError(f"A user_id has 1 to {_LONGEST_ID} characters.")
    if wanted.user_id in wanted.why.split():
        raise UsageError("The reason names the user, and is kept for good: give one that does not.")
    return wanted


def was_made(lake: Lake, certificate: Certificate) -> bool:
    """Whether the tables were changed: the ledger's version says so by the erasure's id."""
    commit = read_commit(lake.path("ops.ledger"), certificate.number)
    return commit is not None and commit.metadata.get("erasure") == certificate.id


class Erasures:
    """The erasures of a lake."""

    def __init__(self, lake: Lake) -> None:
        self._folder = lake.control / "erasures"

    def ask(self, wanted: Wanted) -> str:
        """Write down, durably, whom to erase; the id that it is known by from then on.

        Who is asked for again, while that is not done, has the same id.
        """
        erasure_id = self.open_of(wanted.tenant_id, wanted.user_id) or secrets.token_hex(6)
        self._write(f"{erasure_id}.wanted", msgspec.json.encode(wanted))
        return erasure_id

    def open_of(self, tenant_id: str, user_id: str) -> str | None:
        """The id of the user's erasure that is not done; None where there is none."""
        subject = self.subject(tenant_id, user_id)
        begun = [found.id for found in self.list(tenant_id) if found.subject == subject and found.state != DONE]
        waiting = [path.stem for path in self._folder.glob("*.wanted") if self._subject_of(path.stem) == subject]
        return next(iter([*begun, *waiting]), None)

    def wanted(self, erasure_id: str) -> Wanted | None:
        """Whom it is to erase; None once that is done."""
        try:
            return msgspec.json.decode((self._folder / f"{erasure_id}.wanted").read_bytes(), type=Wanted)
        except FileNotFoundError:
            return None

    def path(self, erasure_id: str) -> Path:
        """Where the certificate of an erasure is, or will be."""
        return self._folder / f"{erasure_id}.json"

    def settle(self, erasure_id: str) -> None:
        """Forget whom it was to erase."""
        (self._folder / f"{erasure_id}.wanted").unlink(missing_ok=True)
        sync_paths([self._folder])

    def write(self, certificate: Certificate) -> None:
        """Replace the certificate, durably."""
        self._write(f"{certificate.id}.json", msgspec.json.format(msgspec.json.encode(certificate)))

    def find(self, erasure_id: str) -> Certificate | None:
        """The certificate of an erasure; None where it has none yet, which is so until it is about to change anything."""
        try:
            return msgspec.json.decode(self.path(erasure_id).read_bytes(), type=Certificate)
        except FileNotFoundError:
            return None

    def get(self, erasure_id: str, tenant_id: str) -> Certificate:
        """The certificate of a tenant's erasure. Names are looked up, never put into a path. Raises NotFoundError."""
        found = next((each for each in self.list(tenant_id) if each.id == erasure_id), None)
        if found is None:
            raise NotFoundError(f"There is no erasure {erasure_id!r}; GET /api/v1/erasures lists those there are.")
        return found

    def list(self, tenant_id: str) -> list[Certificate]:
        """The certificates of a tenant, the newest first."""
        found = [self.find(path.stem) for path in self._folder.glob("*.json")]
        ours = [certificate for certificate in found if certificate is not None and certificate.tenant_id == tenant_id]
        return sorted(ours, key=lambda certificate: (certificate.asked_at, certificate.id), reverse=True)

    def subject(self, tenant_id: str, user_id: str) -> str:
        """What a certificate, or the audit, knows a user by: who has the lake's key and the id can tell, nobody else."""
        return self.keyed(f"{tenant_id}\0{user_id}".encode())

    def keyed(self, text: bytes) -> str:
        """A hash that says nothing to who does not have the lake's key."""
        return hashlib.blake2b(text, key=self._key(), digest_size=16).hexdigest()

    def _subject_of(self, erasure_id: str) -> str | None:
        wanted = self.wanted(erasure_id)
        return None if wanted is None else self.subject(wanted.tenant_id, wanted.user_id)

    def _key(self) -> bytes:
        path = self._folder / "key"
        if not path.exists():
            made = f"key.{secrets.token_hex(6)}"
            self._write(made, secrets.token_bytes(32))
            # Who links first has made it, whole; others take that one.
            with contextlib.suppress(FileExistsError):
                os.link(self._folder / made, path)
            (self._folder / made).unlink()
            sync_paths([self._folder])
        return path.read_bytes()

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        write_atomically(self._folder / name, content)

"""Every exception of RT-Lakehouse. Each message says what happened and what to do about it.

    RtlError
    ├── UsageError              wrong flag, setting, file or argument: the caller's to fix
    │   ├── SettingsError       a setting that is unknown or has a wrong value
    │   ├── ContractError       a contract version that is unknown or not additive
    │   ├── MappingError        a mapping file that does not fit the contract or the data
    │   ├── BodyTooLargeError   a request body over the limit
    │   └── SlowBodyError       a request body that did not arrive in time
    ├── NotFoundError           what was asked for does not exist
    ├── VersionGoneError        it existed, but vacuum has removed it
    ├── SourceError             a source (HTTP server, broker, file) cannot be read or reached
    ├── OverloadedError         try again later; carries how long to wait
    │   └── StaleError          the data is not as fresh as was asked for
    ├── LakeLockedError         another engine or gateway holds the lake
    ├── WriteError              the lake cannot be written (disk full, permissions)
    ├── CommitConflictError     somebody else committed first; re-open and look
    └── InvariantError          a promise is broken: stop writing, keep serving
        └── CorruptionError     a file of the lake is damaged or missing

Nothing here knows of HTTP or of exit codes: `api/errors.py` and `cli/app.py` translate.
"""

from __future__ import annotations

__all__ = [
    "BodyTooLargeError",
    "CommitConflictError",
    "ContractError",
    "CorruptionError",
    "InvariantError",
    "LakeLockedError",
    "MappingError",
    "NotFoundError",
    "OverloadedError",
    "RtlError",
    "SettingsError",
    "SlowBodyError",
    "SourceError",
    "StaleError",
    "UsageError",
    "VersionGoneError",
    "WriteError",
]


class RtlError(Exception):
    """Base of all: catching it catches everything this package raises on purpose."""


class UsageError(RtlError):
    """The caller asked for something that cannot be; nothing was changed."""


class SettingsError(UsageError):
    """A setting is unknown or has a wrong value; the message suggests the right one."""


class ContractError(UsageError):
    """A contract version is unknown, malformed, or changes its predecessor in a way that is not additive."""


class MappingError(UsageError):
    """A mapping file names something that the data or the contract does not have."""


class BodyTooLargeError(UsageError):
    """A request body, or what it decompresses to, is over the limit."""


class SlowBodyError(UsageError):
    """A request body did not arrive in time."""


class NotFoundError(RtlError):
    """A table, version, event or receipt that does not exist."""


class VersionGoneError(RtlError):
    """A table version that existed and was vacuumed."""

    def __init__(self, message: str, oldest: int | None = None) -> None:
        super().__init__(message)
        self.oldest = oldest


class SourceError(RtlError):
    """A source cannot be read or reached. Nothing of it was acknowledged."""


class OverloadedError(RtlError):
    """More work than the queues take. Nothing of the request was kept; send it again later."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StaleError(OverloadedError):
    """The data is not as fresh as was asked for."""


class LakeLockedError(RtlError):
    """Another process holds this part of the lake; the message names it."""


class WriteError(RtlError):
    """The lake could not be written. What was being committed is in it wholly or not at all; re-open and look."""


class CommitConflictError(RtlError):
    """Another writer committed first. Nothing was written; re-open the table and look before trying again."""


class InvariantError(RtlError):
    """A promise of the lake does not hold. Writing stops; reading goes on."""


class CorruptionError(InvariantError):
    """A file of the lake is missing, torn, or differs from the hash recorded at its commit."""

"""Every exception of RT-Lakehouse. Each message says what happened and what to do about it.

    RtlError
    ├── UsageError              wrong flag, setting, file or argument: the caller's to fix
    │   ├── SettingsError       a setting that is unknown or has a wrong value
    │   ├── ContractError       a contract version that is unknown or not additive
    │   ├── MappingError        a mapping file that does not fit the contract or the data
    │   ├── MetricsError        a catalogue of metrics that does not fit the tables
    │   ├── BodyTooLargeError   a request body over the limit
    │   ├── NotAcceptableError  an answer in a form that is not offered
    │   ├── EncodingError       a request body in a coding that is not taken
    │   ├── KeyReusedError      an idempotency key that stands for another request
    │   ├── NameTakenError      a name that another thing of its kind has
    │   ├── SlowBodyError       a request body that did not arrive in time
    │   ├── SqlError            a statement that is not SQL, or more than may be asked
    │   └── QueryLimitError     a query that took more time or memory than it may
    ├── UnauthenticatedError    no key where one is needed, or one that is not good
    ├── ForbiddenError          a good key whose role does not allow this
    ├── NotFoundError           what was asked for does not exist
    ├── VersionGoneError        it existed, but vacuum has removed it
    ├── ExpiredError            it existed, but its retention was over and it was let go
    ├── SourceError             a source (HTTP server, broker, file) cannot be read or reached
    ├── NotificationError       whom an alert was to be told did not take it
    ├── OverloadedError         try again later; carries how long to wait
    │   ├── StaleError          the data is not as fresh as was asked for
    │   └── FeedFullError       the live feed has as many clients as it takes
    ├── StoreError              the control store cannot be reached, or is of a newer release
    ├── LakeLockedError         another engine or gateway holds the lake
    ├── SearchError             a search index, or the server that keeps it, failed
    ├── ModelError              a language model wrote nothing that can be used
    ├── MirrorError             an object store cannot be read or written, or what is there is of another lake
    │   └── DivergedError       a lake and what is in the object store have different histories
    ├── QueryCrashError         the process of a query ended by a fault of its own
    ├── RebuildError            tables cannot be rebuilt or restored as they were to be
    ├── EngineError             an engine cannot work a batch out (memory, a defect)
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
    "DivergedError",
    "EncodingError",
    "EngineError",
    "ExpiredError",
    "FeedFullError",
    "ForbiddenError",
    "InvariantError",
    "KeyReusedError",
    "LakeLockedError",
    "MappingError",
    "MetricsError",
    "MirrorError",
    "ModelError",
    "NameTakenError",
    "NotAcceptableError",
    "NotFoundError",
    "NotificationError",
    "OverloadedError",
    "QueryCrashError",
    "QueryLimitError",
    "RebuildError",
    "RtlError",
    "SearchError",
    "SettingsError",
    "SlowBodyError",
    "SourceError",
    "SqlError",
    "StaleError",
    "StoreError",
    "UnauthenticatedError",
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


class MetricsError(UsageError):
    """A catalogue of metrics is malformed or names what the tables do not have; the message names file, metric and fix."""


class BodyTooLargeError(UsageError):
    """A request body, or what it decompresses to, is over the limit."""


class NotAcceptableError(UsageError):
    """An answer was asked for in forms that are not offered; the message lists those that are."""


class EncodingError(UsageError):
    """A request body in a content coding that is not taken; the message lists those that are."""


class KeyReusedError(UsageError):
    """An idempotency key came with another request than the one it stands for. Nothing was kept."""


class NameTakenError(UsageError):
    """A name that another thing of its kind has. Nothing was changed."""


class SlowBodyError(UsageError):
    """A request body did not arrive in time."""


class SqlError(UsageError):
    """A statement cannot be read, or uses what may not be used; line and column say where, when that is known."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class QueryLimitError(UsageError):
    """A query took more time, memory or room than one may, and was ended."""


class UnauthenticatedError(RtlError):
    """A request came without a key where one is needed, or with one that is not good."""


class ForbiddenError(RtlError):
    """The role of a key does not allow what was asked."""


class NotFoundError(RtlError):
    """A table, version, event or receipt that does not exist."""


class VersionGoneError(RtlError):
    """A table version that existed and was vacuumed."""

    def __init__(self, message: str, oldest: int | None = None) -> None:
        super().__init__(message)
        self.oldest = oldest


class ExpiredError(RtlError):
    """What was received and kept until its retention was over; the message says by when it was let go."""


class SourceError(RtlError):
    """A source cannot be read or reached. Nothing of it was acknowledged."""


class NotificationError(RtlError):
    """A message about an alert was not taken; the message says by whom and why, without secrets. It is sent again."""


class OverloadedError(RtlError):
    """More work than the queues take. Nothing of the request was kept; send it again later."""

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StaleError(OverloadedError):
    """The data is not as fresh as was asked for."""


class FeedFullError(OverloadedError):
    """The live feed has as many clients as it takes."""


class StoreError(RtlError):
    """The control store cannot be reached, or a newer release has changed it. Nothing was written."""


class LakeLockedError(RtlError):
    """Another process holds this part of the lake; the message names it."""


class MirrorError(RtlError):
    """An object store cannot be read or written, or what is there is of another lake. The lake itself is as it was."""


class DivergedError(MirrorError):
    """A lake and its copy or home have different histories: somebody else has written there. Nothing was overwritten."""


class QueryCrashError(RtlError):
    """The process that ran a query ended by a fault of its own, which the log has. The next query gets another process."""


class SearchError(RtlError):
    """A search index failed, or the server that keeps it. It is a copy: nothing is lost, and it is built anew."""


class ModelError(RtlError):
    """A language model, or its endpoint, gave nothing that can be used. Go on without it, and say so."""


class RebuildError(RtlError):
    """Tables cannot be rebuilt, or restored, as they were to be. Nothing was changed."""


class EngineError(RtlError):
    """An engine could not work a batch out. Nothing of it counts; the next start goes on where the tables are."""


class WriteError(RtlError):
    """The lake could not be written. What was being committed is in it wholly or not at all; re-open and look."""


class CommitConflictError(RtlError):
    """Another writer committed first. Nothing was written; re-open the table and look before trying again."""


class InvariantError(RtlError):
    """A promise of the lake does not hold. Writing stops; reading goes on."""


class CorruptionError(InvariantError):
    """A file of the lake is missing, torn, or differs from the hash recorded at its commit."""

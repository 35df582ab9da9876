"""What a lakehouse answers, as Python has it, and its refusals as exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import httpx
import msgspec
import pyarrow as pa
from prometheus_client.parser import text_string_to_metric_families

from rtlakehouse.client.questions import retry_after
from rtlakehouse.errors import (
    BodyTooLargeError,
    ForbiddenError,
    NotFoundError,
    OverloadedError,
    RtlError,
    SourceError,
    UnauthenticatedError,
    UsageError,
    VersionGoneError,
)

__all__ = [
    "Answer",
    "Figures",
    "Receipt",
    "Update",
    "answer_of",
    "checked",
    "figures_of",
    "receipt_of",
    "receipts_of",
    "rows_of",
    "tells",
]


@dataclass(frozen=True)
class Answer:
    """A document and where it comes from.

    data: the JSON document. versions: of the tables it was made of. freshness_ms: how old the newest acknowledged record that is
    not in it is; None where it does not depend on that.
    """

    data: Any
    versions: dict[str, int]
    freshness_ms: int | None

    @property
    def as_of(self) -> str:
        """What to ask with for what these tables held then, whatever came since."""
        return ",".join(f"{name}={version}" for name, version in self.versions.items())


@dataclass(frozen=True)
class Figures:
    """Figures of one instant, by name and labels."""

    samples: Mapping[tuple[str, frozenset[tuple[str, str]]], float]

    def one(self, name: str, **labels: str) -> float | None:
        """The figure with exactly these labels; None where there is none."""
        return self.samples.get((name, frozenset(labels.items())))

    def by(self, label: str, name: str, **labels: str) -> dict[str, float]:
        """The figures of a name that have these labels at least, by the value of one more."""
        asked = set(labels.items())
        found = ((dict(given), value) for (known, given), value in self.samples.items() if known == name and asked <= given)
        return {given[label]: value for given, value in found if label in given}


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one posted record.

    fate: `pending` is stored in bronze and not refined yet. window: start of the minute it counts in. reasons: every rule that a
    record in quarantine breaks. duplicate_of: coordinates of the event that was kept. versions: of the tables after the batch
    that decided.
    """

    id: str
    position: int
    fate: Literal["pending", "accepted", "duplicate", "quarantined"]
    event_id: str | None = None
    window: datetime | None = None
    late: bool | None = None
    reasons: tuple[str, ...] = ()
    duplicate_of: str | None = None
    versions: dict[str, int] = {}


@dataclass(frozen=True)
class Update:
    """One message of a live feed. id: resumes after it."""

    id: str
    kind: str
    data: Any


def checked(outcome: httpx.Response | httpx.TransportError) -> httpx.Response:
    """The response, read whole. Raises what its problem document says where it is a refusal, SourceError where there is none."""
    if isinstance(outcome, httpx.TransportError):
        where = outcome.request.url
        raise SourceError(f"{where} does not answer: {outcome}. Is a lakehouse up there? Start one with `rtl up`.") from outcome
    if outcome.is_success:
        return outcome
    status = outcome.status_code
    detail = _detail(outcome)
    if status in (429, 503):
        raise OverloadedError(detail, retry_after(outcome, otherwise=1))
    raise _ERRORS.get(status, UsageError if status < 500 else SourceError)(detail)


_ERRORS: dict[int, type[RtlError]] = {
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    410: VersionGoneError,
    413: BodyTooLargeError,
}


def _detail(response: httpx.Response) -> str:
    try:
        problem = response.json()
        return f"{response.status_code} {problem['detail']} (request {problem['request_id']})"
    except (ValueError, KeyError, TypeError):
        return f"{response.status_code} from {response.url}, which is not a lakehouse's answer: {response.text[:200]}"


def answer_of(response: httpx.Response) -> Answer:
    pairs = (pair.partition("=") for pair in response.headers.get("X-Lake-Versions", "").split(",") if pair)
    freshness = response.headers.get("X-Data-Freshness-Ms")
    versions = {name: int(version) for name, _, version in pairs}
    return Answer(response.json(), versions, None if freshness is None else int(freshness))


def figures_of(response: httpx.Response) -> Figures:
    samples = (sample for family in text_string_to_metric_families(response.text) for sample in family.samples)
    return Figures({(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples})


def rows_of(response: httpx.Response) -> pa.Table:
    """Raises UsageError for an answer that is no table."""
    if not response.headers.get("Content-Type", "").startswith("application/vnd.apache.arrow"):
        raise UsageError(f"{response.url} answers with a document, not with rows; ask for it with `get`.")
    with pa.ipc.open_stream(response.content) as reader:
        return reader.read_all()


def receipts_of(response: httpx.Response) -> list[str]:
    receipts: list[str] = response.json()["receipts"]
    return receipts


def receipt_of(response: httpx.Response) -> Receipt:
    return msgspec.json.decode(response.content, type=Receipt)


def tells(name: str) -> bool:
    """Whether a server-sent event of this name has news: the unnamed ones do not."""
    return name not in ("", "message")

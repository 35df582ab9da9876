"""What names one minute of one series as one detector judges it: text that says nothing to people and lasts."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

import msgspec

from rtlakehouse.anomalies.watched import SegmentDimension, Subject, Watched
from rtlakehouse.errors import NotFoundError

__all__ = ["Identity"]


class _Parts(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    detector: str
    metric: Watched
    currency: str | None
    dimension: SegmentDimension | None
    segment: str | None
    at: datetime


@dataclass(frozen=True)
class Identity:
    """detector: its name. at: the minute, naive UTC."""

    detector: str
    subject: Subject
    at: datetime

    def __str__(self) -> str:
        parts = _Parts(detector=self.detector, at=self.at, **vars(self.subject))
        return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> Identity:
        """Raises NotFoundError for text that names nothing."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            parts = msgspec.json.decode(raw, type=_Parts)
        except (ValueError, msgspec.DecodeError) as error:
            raise NotFoundError(f"There is no anomaly {text!r}; take an `id` of GET /api/v1/anomalies.") from error
        if parts.at.tzinfo or parts.at.second or parts.at.microsecond:
            raise NotFoundError(f"There is no anomaly {text!r}: it is of no minute.")
        return cls(parts.detector, Subject(parts.metric, parts.currency, parts.dimension, parts.segment), parts.at)

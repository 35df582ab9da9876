"""What was sent, counted while sending: enough to check a whole run against the lake's ledger and gold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

__all__ = ["Report"]


@dataclass
class Report:
    """Counts of the records that were sent.

    accepted: distinct valid events by type. late: of those, sent more than the watermark after they happened. duplicates:
    exact copies. quarantined: malformed records by their reason. gross, refunded: money of accepted events by currency.
    """

    accepted: Counter[str] = field(default_factory=Counter)
    late: int = 0
    out_of_order: int = 0
    duplicates: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    gross: Counter[str] = field(default_factory=Counter)
    refunded: Counter[str] = field(default_factory=Counter)
    resent: int = 0

    @property
    def records(self) -> int:
        return sum(self.accepted.values()) + self.duplicates + sum(self.quarantined.values())

    def money(self, kind: str, currency: str, amount: Decimal) -> None:
        """Add a purchase's or refund's price x quantity."""
        sums = self.gross if kind == "purchase" else self.refunded
        sums[currency] += amount  # type: ignore[assignment]  # Counter is typed for whole numbers, and adds any

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON has it; money as exact text."""
        return {
            "records": self.records,
            "accepted": sum(self.accepted.values()),
            "duplicates": self.duplicates,
            "quarantined": sum(self.quarantined.values()),
            "late": self.late,
            "out_of_order": self.out_of_order,
            "resent": self.resent,
            "by_type": dict(sorted(self.accepted.items())),
            "by_reason": dict(sorted(self.quarantined.items())),
            "gross": {currency: str(amount) for currency, amount in sorted(self.gross.items())},
            "refunded": {currency: str(amount) for currency, amount in sorted(self.refunded.items())},
        }

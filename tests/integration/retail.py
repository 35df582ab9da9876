"""What the Online Retail file must come to: its mapping and SPEC's rules read once more, in plain Python over the raw rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pyarrow.parquet as pq

EXAMPLES = Path(__file__).parents[2] / "examples"
FILE = EXAMPLES / "data" / "online_retail.parquet"
MAPPING = EXAMPLES / "online_retail.yaml"

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
Row = tuple[str | None, ...]


@dataclass
class Money:
    """Of a minute, or of everything; all of it is in pounds."""

    gross: Decimal = Decimal("0.0000")
    refunded: Decimal = Decimal("0.0000")
    orders: set[str] = field(default_factory=set)

    @property
    def figures(self) -> tuple[int, Decimal, Decimal, Decimal]:
        """Distinct orders, gross, refunded, net."""
        return len(self.orders), self.gross, self.refunded, self.gross - self.refunded


@dataclass
class Books:
    """received = accepted + duplicates + quarantined; `reasons` counts each reason of each quarantined row."""

    received: int = 0
    accepted: int = 0
    duplicates: int = 0
    quarantined: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    total: Money = field(default_factory=Money)
    by_minute: defaultdict[str, Money] = field(default_factory=lambda: defaultdict(Money))

    @property
    def counts(self) -> dict[str, int]:
        """As `rtl ingest --json` names them; a replay by the events' own time has nothing late."""
        names = ("received", "accepted", "duplicates", "quarantined")
        return {**{name: getattr(self, name) for name in names}, "late": 0}


def rows() -> list[Row]:
    """Every row of the file, its cells text or None."""
    table = pq.read_table(FILE)
    return list(zip(*(table[name].to_pylist() for name in COLUMNS), strict=True))


def of(rows: Sequence[Row], start: str) -> list[Row]:
    """The rows of the invoices whose date starts like this."""
    return [row for row in rows if str(row[4]).startswith(start)]


def keep_books(rows: Iterable[Row]) -> Books:
    books = Books()
    seen: set[Row] = set()
    for row in rows:
        books.received += 1
        if faults := _faults(row):
            books.quarantined += 1
            books.reasons.update(faults)
        elif row in seen:
            # Rows that are the same in all columns have the same time, so they are always within the dedupe window.
            books.duplicates += 1
        else:
            seen.add(row)
            books.accepted += 1
            _book(books, row)
    return books


def _faults(row: Row) -> list[str]:
    invoice, _, _, quantity, _, price, customer, _ = row
    faults = [] if customer else ["missing:user_id"]
    if Decimal(price or "") < 0:
        faults.append("range:price")
    if not 1 <= _quantity(invoice, quantity) <= 1_000_000:
        faults.append("range:quantity")
    return faults


def _quantity(invoice: str | None, quantity: str | None) -> int:
    return abs(int(quantity or "")) if _is_refund(invoice) else int(quantity or "")


def _is_refund(invoice: str | None) -> bool:
    return str(invoice).startswith("C")


def _book(books: Books, row: Row) -> None:
    invoice, _, _, quantity, date, price, _, _ = row
    amount = Decimal(price or "").quantize(Decimal("0.0001"), ROUND_HALF_UP) * _quantity(invoice, quantity)
    minute = datetime.fromisoformat(f"{date}+00:00").strftime("%Y-%m-%dT%H:%MZ")
    for money in (books.total, books.by_minute[minute]):
        if _is_refund(invoice):
            money.refunded += amount
        else:
            money.gross += amount
            money.orders.add(str(invoice))

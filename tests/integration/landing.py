"""What a simulator says that it sent, and what of it landed in a lake, in the same words."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any

from faults.programs import Program
from rtlakehouse.storage.lake import Lake

DIRTY = ("--malformed", "0.1", "--duplicates", "0.1", "--late", "0.1")


def report_of(program: Program) -> dict[str, Any]:
    """The report of a simulator that ended well."""
    assert program.wait() == 0, program.said[-3000:]
    report: dict[str, Any] = json.loads(program.printed)
    return report


def landed(lake: Lake) -> dict[str, Any]:
    """What is in the lake, in the words of the report."""
    ledger = lake.read("ops.ledger")
    silver = lake.read("silver.events")
    reasons = lake.read("silver.quarantine")["reasons"].to_pylist()
    return {
        "records": sum(ledger["received"].to_pylist()),
        **{name: sum(ledger[name].to_pylist()) for name in ("accepted", "duplicates", "quarantined", "late")},
        "by_type": Counter(silver["event_type"].to_pylist()),
        "by_reason": Counter(reason for row in reasons for reason in row),
        **_money(lake),
    }


def _money(lake: Lake) -> dict[str, dict[str, str]]:
    sums: dict[str, Counter[str]] = {"gross": Counter(), "refunded": Counter()}
    for row in lake.read("gold.revenue_1m").to_pylist():
        for figure, by_currency in sums.items():
            by_currency[row["currency"]] += row[figure]
    return {figure: {c: f"{amount:.2f}" for c, amount in by_currency.items() if amount} for figure, by_currency in sums.items()}


def without_what_only_senders_know(said: dict[str, Any]) -> dict[str, Any]:
    money = {
        figure: {currency: f"{Decimal(amount):.2f}" for currency, amount in said[figure].items() if Decimal(amount)}
        for figure in ("gross", "refunded")
    }
    return {name: value for name, value in said.items() if name not in ("seed", "out_of_order", "resent")} | money

"""What the setting `retention_days` may name."""

from __future__ import annotations

import difflib
import re
from typing import Annotated

from pydantic import AfterValidator

__all__ = ["RETAINED", "RetentionKey"]

RETAINED = ("bronze", "quarantine", "silver", "gold")
_TENANT = re.compile(r"[a-z][a-z0-9_]{0,62}")
_MAY = f"it may name {', '.join(RETAINED[:-1])} and {RETAINED[-1]}, or one of these of a tenant, such as acme.{RETAINED[0]}"


def _known(key: str) -> str:
    tenant, dot, name = key.rpartition(".")
    if name in RETAINED and (not dot or _TENANT.fullmatch(tenant)):
        return key
    meant = _meant(key.lower())
    raise ValueError(f"{_MAY}. Did you mean {meant}?" if meant else _MAY)


def _meant(key: str) -> str | None:
    tenant, dot, name = key.rpartition(".")
    if close := difflib.get_close_matches(name, RETAINED, n=1):
        return f"{tenant}{dot}{close[0]}"
    # A whole name of a table, such as bronze.events.
    return tenant if tenant in RETAINED else None


# One of `RETAINED`, or one of them of a tenant: `acme.bronze`.
RetentionKey = Annotated[str, AfterValidator(_known)]

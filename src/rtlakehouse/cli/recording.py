"""What `rtl` changes by hand is in the audit, under the name of who ran it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from rtlakehouse.clock import SystemClock
from rtlakehouse.control import Action, Audit, Store, local_user
from rtlakehouse.ingest.records import DEFAULT_TENANT
from rtlakehouse.settings import Settings

__all__ = ["record"]


def record(settings: Settings, action: Action, target: str = "", **detail: Any) -> None:
    """Write down what is about to be done to the lake. Raises StoreError: then do not do it."""
    with closing(Store.open(settings)) as store:
        Audit(store, SystemClock()).record(DEFAULT_TENANT, local_user(), action, target, **detail)

"""Who is told: addresses as apprise takes them, tried when they are given, and shown without their secrets."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from rtlakehouse.control import AlertState, Target
from rtlakehouse.errors import NotificationError, UsageError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["send", "target_of"]

_EXTRA = "Notifications need apprise: `pip install 'rtlakehouse[alerts]'`."
# Shorter parts of an address are in any text.
_SHORTEST_SECRET = 4


def target_of(url: str) -> Target:
    """The target at an address. Raises UsageError for one that apprise does not know; its message shows none of it."""
    apprise = _apprise()
    with apprise.LogCapture(level=logging.CRITICAL):
        service = apprise.Apprise.instantiate(url)
    if service is None:
        raise UsageError(
            "`notify` has an address that apprise does not know; its wiki lists them, such as mailto:// and json://."
        )
    return Target(url, _shown(url, service))


def send(target: Target, title: str, body: str, change: AlertState) -> None:
    """Have one message taken. Raises NotificationError where it was not; what is said shows nothing of the address."""
    apprise = _apprise()
    kind = apprise.NotifyType.FAILURE if change is AlertState.FIRING else apprise.NotifyType.SUCCESS
    to = apprise.Apprise()
    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as said:
        taken = to.add(target.url) and to.notify(title=title, body=body, notify_type=kind)
        if not taken:
            why = " ".join(said.getvalue().split()) or "It said no more."
            raise NotificationError(f"{target.shown} did not take it: {_without_secrets(why, target)}")


def _apprise() -> ModuleType:
    try:
        import apprise
    except ModuleNotFoundError as error:
        raise UsageError(_EXTRA) from error
    # What it says is kept with the message, without secrets.
    logging.getLogger("apprise").propagate = False
    return apprise


def _shown(url: str, service: Any) -> str:
    """Scheme and host; the scheme alone where what stands in the host's place is a token."""
    host = getattr(service, "host", None) if "host" in service.template_tokens else None
    return f"{url.partition('://')[0].lower()}://{host or '…'}"


def _without_secrets(text: str, target: Target) -> str:
    parts = set(re.split(r"[^\w.-]+", target.url.partition("://")[2]))
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _SHORTEST_SECRET and part not in target.shown:
            text = text.replace(part, "…")
    return text

"""How the page is started: Streamlit runs it, as a process of its own."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path

from rtlakehouse.errors import UsageError

__all__ = ["command", "is_loopback", "require_extra"]

_PAGE = Path(__file__).with_name("page.py")
_OPTIONS = {
    "server.headless": "true",  # else it asks for an e-mail address, and opens a browser
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "logger.level": "warning",
}


def require_extra() -> None:
    """Raise UsageError with the command that installs what is missing."""
    if find_spec("streamlit") is None:
        raise UsageError("The monitor needs streamlit: `pip install 'rtlakehouse[monitor]'`, or `make install` in a checkout.")


def command(api: str, host: str, port: int) -> list[str]:
    """What runs the page of the API at that address, listening there.

    On a loopback address it reads and acts with the key of RTL_API_KEY. On any other, where others can open it, each of them
    types a key of their own.
    """
    options = {**_OPTIONS, "server.address": host, "server.port": str(port)}
    flags = [f"--{name}={value}" for name, value in options.items()]
    lent = ["--lend-key"] if is_loopback(host) else []
    return [sys.executable, "-m", "rtlakehouse.monitor", "run", str(_PAGE), *flags, "--", api, *lent]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

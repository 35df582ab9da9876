"""Whether the SDK is there."""

from __future__ import annotations

from importlib.util import find_spec

from rtlakehouse.errors import UsageError

__all__ = ["require_extra"]


def require_extra() -> None:
    """Raise UsageError with the command that installs what is missing."""
    if find_spec("mcp") is None:
        raise UsageError(
            "`rtl mcp` needs the SDK of the protocol: `pip install 'rtlakehouse[mcp]'`, or `make mcp` in a checkout."
        )

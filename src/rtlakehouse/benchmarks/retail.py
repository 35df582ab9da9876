"""The Online Retail data set of a checkout's examples: what a real shop sold in a year."""

from __future__ import annotations

from pathlib import Path

from rtlakehouse.errors import UsageError

__all__ = ["MAPPING", "RETAIL", "require_retail"]

_EXAMPLES = Path(__file__).parents[3] / "examples"
RETAIL = _EXAMPLES / "data" / "online_retail.parquet"
MAPPING = _EXAMPLES / "online_retail.yaml"


def require_retail() -> None:
    """Raise UsageError where the data set is not there."""
    if not (RETAIL.exists() and MAPPING.exists()):
        raise UsageError(f"This measures on the data set of the examples, which is not at {RETAIL}; run it from a checkout.")

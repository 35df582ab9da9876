"""The alerts that fire, and those that did lately."""

from __future__ import annotations

from typing import Any

import streamlit as st

from rtlakehouse.monitor.reader import Reader
from rtlakehouse.monitor.wording import clock_time

__all__ = ["alerts"]

_SHOWN = 6


def alerts(reader: Reader) -> None:
    """The newest, each with the rule that fired it and what was measured."""
    read = reader.get("/alerts", limit=_SHOWN)
    st.subheader("Alerts", anchor=False)
    if not read.found:
        st.caption(read.error or "Not known yet.")
        return
    firing = read.found["firing"]
    st.markdown(f":red-badge[{firing} firing]" if firing else ":green-badge[:material/check: none fires]")
    if read.found["data"]:
        rows = [_row(alert) for alert in read.found["data"]]
        st.table(rows, border="horizontal", hide_index=True, alt="Alerts, newest first")


def _row(alert: dict[str, Any]) -> dict[str, str]:
    return {
        "rule": alert["rule"],
        "state": alert["state"] + (", silenced" if alert.get("silence") else ""),
        "since": clock_time(alert["since"]),
        "why": alert["why"],
    }

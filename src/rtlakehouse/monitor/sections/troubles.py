"""What went wrong lately."""

from __future__ import annotations

import streamlit as st

from rtlakehouse.client import Figures
from rtlakehouse.monitor.reader import Reader
from rtlakehouse.monitor.wording import clock_time, count

__all__ = ["troubles"]

_SHOWN = 12


def troubles(reader: Reader) -> None:
    """Parts that went and came back, jobs that failed, and requests that the API could not answer."""
    st.subheader("Troubles", anchor=False)
    noted = [(clock_time(note.at), note.what) for note in list(reader.notes)]
    failed = [
        (clock_time(job["ended_at"]), f"Job {job['id']}, {job['kind']}, failed: {job['error']}")
        for job in (reader.get("/jobs", limit=20).found or {"data": []})["data"]
        if job["state"] == "failed"
    ]
    rows = [{"at": at, "what": what} for at, what in sorted([*noted, *failed], reverse=True)[:_SHOWN]]
    if rows:
        st.table(rows, border="horizontal", hide_index=True, alt="Troubles, newest first")
    figures = reader.figures().found
    refused = _unanswered(figures) if figures else {}
    for route, times in sorted(refused.items()):
        st.markdown(
            f":orange-badge[{count(times)} times] `{route}` was answered with an error of the server since the API started."
        )
    if not rows and not refused:
        st.caption("None since this page was opened.")


def _unanswered(figures: Figures) -> dict[str, float]:
    """Answers of 500 and above by route."""
    found: dict[str, float] = {}
    for (name, labels), value in figures.samples.items():
        of = dict(labels)
        if name == "rtl_http_requests_total" and of["status"] >= "500" and value:
            found[of["route"]] = found.get(of["route"], 0) + value
    return found

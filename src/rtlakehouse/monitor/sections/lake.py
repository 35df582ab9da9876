"""What is in the lake: whether all is accounted for, what is in quarantine, how many files and how long a log each table has."""

from __future__ import annotations

import streamlit as st

from rtlakehouse.monitor.reader import Reader
from rtlakehouse.monitor.wording import clock_time, count, size

__all__ = ["ledger", "quarantine", "upkeep"]

_REASONS = 8


def ledger(reader: Reader) -> None:
    """Received = accepted + duplicates + quarantined, for each partition."""
    read = reader.get("/ledger/balance")
    st.subheader("Ledger", anchor=False)
    if not read.found:
        st.caption(read.error or "Nothing was received yet.")
        return
    difference = read.found["difference"]
    reader.note("ledger", "down" if difference else "ok", f"{count(difference)} records are not accounted for.")
    if difference:
        st.error(f"{count(difference)} records are not accounted for: `rtl verify` says which.")
    else:
        st.markdown(f":green-badge[:material/check: balanced] All {count(read.found['received'])} records are accounted for.")
    counts = ("received", "accepted", "duplicates", "quarantined", "late", "difference")
    rows = [
        {
            "partition": f"{row['source']}/{row['topic']}/{row['partition']}",
            **{name: count(row[name]) for name in counts},
        }
        for row in read.found["data"]
    ]
    if rows:
        st.table(rows, border="horizontal", hide_index=True, alt="The ledger by partition")


def quarantine(reader: Reader) -> None:
    """The reasons of a day, the most frequent first."""
    read = reader.get("/quarantine/summary")
    st.subheader("Quarantine, one day", anchor=False)
    if not read.found or not read.found["by_reason"]:
        st.caption(read.error or "Nothing is in quarantine.")
        return
    found = sorted(read.found["by_reason"], key=lambda row: -row["records"])
    rows = [
        {
            "reason": row["reason"],
            "records": count(row["records"]),
            "repaired": count(row["repaired"]),
            "last": clock_time(row["last_received_at"]),
        }
        for row in found[:_REASONS]
    ]
    st.table(rows, border="horizontal", hide_index=True, alt="Quarantine by reason")
    more = len(found) - len(rows)
    st.caption(f"{count(read.found['records'])} records" + (f", and {more} reasons more" if more > 0 else ""))


def upkeep(reader: Reader) -> None:
    """Files, small files and log of each table."""
    read = reader.get("/maintenance")
    st.subheader("Upkeep", anchor=False)
    if not read.found:
        st.caption(read.error or "Not known yet.")
        return
    if not read.found["is_on"]:
        st.warning("Upkeep does not run by itself: the setting `maintenance` is off.")
    rows = [
        {
            "table": table["name"],
            "version": count(table["version"]),
            "files": count(table["files"]),
            "small": count(table["small_files"]),
            "size": size(table["bytes"]),
            "log entries": count(table["log_entries"]),
            "left for vacuum": size(table["left_bytes"]),
            "next": f"in {count(table['commits_to_go'])} commits",
        }
        for table in read.found["tables"]
    ]
    st.table(rows, border="horizontal", hide_index=True, alt="Upkeep of each table")
    _retention(reader)


def _retention(reader: Reader) -> None:
    """For how long what is kept, and how much was let go of; nothing where all is kept for ever."""
    read = reader.get("/maintenance/retention")
    if not read.found:
        st.caption(read.error)
        return
    rows = [
        {
            "kept": row["name"],
            "for": "ever" if row["days"] is None else f"{count(row['days'])} days",
            "since": (row["kept_since"] or "")[:10],
            "let go of": "not counted" if row["expired"] is None else f"{count(row['expired'])} records",
            "last": (row["expired_at"] or "")[:19].replace("T", " "),
        }
        for row in read.found["data"]
    ]
    if any(row["days"] is not None or row["expired"] for row in read.found["data"]):
        st.table(rows, border="horizontal", hide_index=True, alt="For how long what is kept")

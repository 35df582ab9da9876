"""How records flow: how long each stage takes, and the last batches."""

from __future__ import annotations

from typing import Any

import streamlit as st

from rtlakehouse.monitor.reader import Reader
from rtlakehouse.monitor.wording import clock_time, count, micros

__all__ = ["batches", "latency"]

_BATCHES = 10


def latency(reader: Reader) -> None:
    """Percentiles of each stage, over the records of the last batches."""
    read = reader.get("/pipeline/latency")
    st.subheader("How long records take", anchor=False)
    if not read.found or not read.found["stages"]:
        st.caption(read.error or "Nothing was measured yet.")
        return
    rows = [
        {
            "stage": stage["stage"],
            **{name: micros(stage[f"{name}_us"]) for name in ("p50", "p90", "p99", "max")},
        }
        for stage in read.found["stages"]
    ]
    st.table(rows, border="horizontal", hide_index=True, alt="Latency of each stage")
    st.caption(
        f"{count(read.found['records'])} records of {count(read.found['batches'])} batches, as of {clock_time(read.at)} UTC"
    )


def batches(reader: Reader) -> None:
    """The last batches of the engine, with what each stage took."""
    read = reader.get("/pipeline/batches", limit=_BATCHES)
    figures = reader.figures().found
    spark = figures is not None and "spark" in figures.by("engine", "rtl_engine_batch_records")
    st.subheader("Spark's micro-batches" if spark else "Batches", anchor=False)
    if not read.found or not read.found["data"]:
        st.caption(read.error or "No batch yet.")
        return
    st.table([_batch(batch) for batch in read.found["data"]], border="horizontal", hide_index=True, alt="The last batches")


def _batch(batch: dict[str, Any]) -> dict[str, str]:
    took = (batch.get("timing") or {}).get("took_us", {})
    counts = {name: count(batch[name]) for name in ("received", "duplicates", "quarantined", "late")}
    stages = {stage: micros(took.get(stage)) for stage in ("refine", "dedupe", "silver", "gold")}
    return {"batch": str(batch["batch"]), "ended": clock_time(batch["committed_at"]), **counts, **stages}

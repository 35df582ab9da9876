"""How all is: the parts with their reasons, and the figures that tell most."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import streamlit as st

from rtlakehouse.client import Figures
from rtlakehouse.monitor.course import records_in
from rtlakehouse.monitor.reader import Reader
from rtlakehouse.monitor.wording import clock_time, count, rate, seconds, size

__all__ = ["key_figures", "memory", "parts", "standing"]

Colour = Literal["green", "orange", "red"]
_COLOURS: dict[str, Colour] = {"ok": "green", "degraded": "orange", "down": "red"}
_POINTS = 120
Course = list[tuple[datetime, Figures]]
_WORDS = {"ok": "All is well", "degraded": "Degraded", "down": "Something is down"}


def standing(reader: Reader, address: str) -> None:
    """One line: how all is, and as of when; where nothing answers, why."""
    health = reader.get("/health")
    with st.container(horizontal=True, vertical_alignment="center"):
        if health.error:
            st.badge("The API is away", icon=":material/cloud_off:", color="red")
        elif health.found:
            status = health.found["status"]
            st.badge(_WORDS[status], icon=":material/monitor_heart:", color=_COLOURS[status])
        if health.at:
            st.caption(f"as of {clock_time(health.at)} UTC")
    reader.note("API", "down" if health.error else "ok", health.error or f"The API answers at {address}.")
    if health.error:
        kept = " What is shown is what was known last." if health.at else ""
        st.error(f"{health.error}{kept} This page comes back by itself.", icon=":material/cloud_off:")


def parts(reader: Reader) -> None:
    """A card for each part, with its reason."""
    health = reader.get("/health")
    if not health.found:
        return
    for column, part in zip(st.columns(len(health.found["parts"]), border=True), health.found["parts"], strict=True):
        with column:
            _card(part)
        if not health.error:
            reader.note(part["name"], part["status"], f"{part['name']} is {part['status']}: {part['why']}")


def _card(part: dict[str, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{part['name']}**", width="content")
        st.badge(part["status"], color=_COLOURS[part["status"]])
    st.caption(part["why"])


def key_figures(reader: Reader) -> None:
    """Rates, what waits, how far the data is behind, disk and ledger, each with its course since somebody looked first."""
    if not reader.figures().found:
        return
    for column, (name, (of, worded)) in zip(st.columns(len(_FIGURES), border=True), _FIGURES.items(), strict=True):
        values = of(list(reader.course))
        column.metric(name, worded(values[-1]), help=_HELP[name], chart_data=_thinned(values), chart_type="area")


def memory(reader: Reader) -> None:
    """Of each part, and its course."""
    if not reader.figures().found:
        return
    found = [now.by("part", "rtl_part_memory_bytes") for _, now in reader.course]
    names = ["all parts", *found[-1]]
    for column, name in zip(st.columns(len(names), border=True), names, strict=True):
        values = [sum(one.values()) if name == "all parts" else one.get(name, 0) for one in found]
        column.metric(f"Memory, {name}", size(values[-1]), help=_HELP["Memory"], chart_data=_thinned(values), chart_type="area")


def _thinned(values: list[float]) -> list[float]:
    """A chart of so many points is drawn at once, also on a phone."""
    return values[:: max(1, len(values) // _POINTS)]


def _each(of: Callable[[Figures], float]) -> Callable[[Course], list[float]]:
    return lambda course: [of(now) for _, now in course]


def _capacity(now: Figures) -> float:
    return sum(now.by("engine", "rtl_engine_processed_records_per_second").values())


def _waiting(now: Figures) -> float:
    """Records that were in no batch yet: those of Kafka, and those of bronze."""
    of_kafka = sum(now.by("partition", "rtl_source_lag_records").values())
    return of_kafka + sum(now.by("engine", "rtl_engine_waiting_records").values())


def _single(name: str) -> Callable[[Figures], float]:
    return lambda now: now.one(name) or 0


_FIGURES: dict[str, tuple[Callable[[Course], list[float]], Callable[[float], str]]] = {
    "Records in": (records_in, rate),
    "Capacity": (_each(_capacity), rate),
    "Waiting": (_each(_waiting), count),
    "Data behind": (_each(_single("rtl_data_behind_seconds")), seconds),
    "Disk free": (_each(_single("rtl_disk_free_bytes")), size),
    "Unaccounted": (_each(_single("rtl_ledger_difference")), count),
}
_HELP = {
    "Records in": "Records received a second, over the last fifteen seconds; 0 as soon as nothing comes.",
    "Capacity": "Records for each second that the engine worked on its last batch: how many it could take.",
    "Waiting": "Records in Kafka and in bronze that were in no batch yet.",
    "Data behind": "Age of the oldest acknowledged record that is not readable yet.",
    "Memory": "Resident memory of its processes, where they run on the API's machine; Spark's Java is the engine's.",
    "Disk free": "Room that is left on the disk of the lake.",
    "Unaccounted": "Records received that are neither accepted, duplicates nor in quarantine: must be 0.",
}

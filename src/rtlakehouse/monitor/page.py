"""The page itself, which Streamlit runs anew for each visitor: `page.py ADDRESS [--lend-key]`."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

from rtlakehouse.client import Client
from rtlakehouse.clock import SystemClock
from rtlakehouse.environment import set_environment
from rtlakehouse.monitor.reader import Reader
from rtlakehouse.monitor.sections.alerts import alerts
from rtlakehouse.monitor.sections.flow import batches, latency
from rtlakehouse.monitor.sections.jobs import buttons, jobs
from rtlakehouse.monitor.sections.lake import ledger, quarantine, upkeep
from rtlakehouse.monitor.sections.standing import key_figures, memory, parts, standing
from rtlakehouse.monitor.sections.troubles import troubles

__all__: list[str] = []

_ICON = Path(__file__).with_name("icon.svg")
_ANSWERS_WITHIN_S = 5
# A page to glance at: less room above, headings of the size of what they head.
_STYLE = """.stMainBlockContainer {padding: 3rem 2rem 2rem; max-width: 100rem} h2 {font-size: 1.6rem} h3 {font-size: 1.15rem}
[data-testid="stMetricValue"] {font-size: 1.5rem} .stTable td, .stTable th {padding: .25rem .5rem}"""


@st.cache_resource(show_spinner=False, max_entries=50)
def reader_of(address: str, key: str | None) -> Reader:
    """One for all who look with this key: they see the same, and the API is asked once."""
    return Reader(Client(address, key=key, timeout_s=_ANSWERS_WITHIN_S, retry_s=0), SystemClock())


def page(address: str) -> None:
    st.set_page_config("RT-Lakehouse monitor", page_icon=str(_ICON), layout="wide")
    st.html(f"<style>{_STYLE}</style>")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.header("RT-Lakehouse monitor", anchor=False, width="content")
        with st.popover("Key", icon=":material/key:"):
            key = st.text_input("API key", type="password", placeholder="rtl_…", help="Kept for this tab, until it is closed.")
    reader = reader_of(address, (key or "").strip() or None)
    st.caption(f"The system behind [{address}]({address}/). Times are UTC.")
    now(reader, address)
    lately(reader)
    buttons(reader)
    asked(reader)
    rest(reader)


@st.fragment(run_every=2)
def now(reader: Reader, address: str) -> None:
    """What changes all the time."""
    standing(reader, address)
    parts(reader)
    key_figures(reader)
    memory(reader)


@st.fragment(run_every=5)
def lately(reader: Reader) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        latency(reader)
    with right:
        alerts(reader)
        troubles(reader)
    batches(reader)


@st.fragment(run_every=2)
def asked(reader: Reader) -> None:
    jobs(reader)


@st.fragment(run_every=10)
def rest(reader: Reader) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        ledger(reader)
    with right:
        quarantine(reader)
    upkeep(reader)


if __name__ == "__main__":
    if "--lend-key" not in sys.argv:
        set_environment(RTL_API_KEY="")
    page(sys.argv[1])

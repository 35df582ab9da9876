"""Jobs of the engine, and the buttons that ask for one."""

from __future__ import annotations

from typing import Any

import streamlit as st

from rtlakehouse.errors import RtlError
from rtlakehouse.monitor.reader import Reader
from rtlakehouse.monitor.wording import clock_time

__all__ = ["buttons", "jobs"]

_KINDS = {
    "optimize": "Gather small files",
    "checkpoint": "Write log checkpoints and clean the logs",
    "vacuum": "Delete files that nothing needs any more",
    "snapshot": "Write gold as Parquet",
    "verify": "Check every promise of the lake",
}
_SHOWN = 8


def buttons(reader: Reader) -> None:
    """Ask for jobs, pause and resume: for keys of role admin."""
    st.subheader("Jobs", anchor=False)
    who = reader.get("/whoami").found
    may = bool(who) and who["role"] == "admin"
    if not may:
        st.caption("These need a key of role admin: `rtl keys create --role admin` makes one; type it in at *Key*, above.")
    dry = st.toggle("Only say what would be done", disabled=not may)
    with st.container(horizontal=True):
        for kind, what in _KINDS.items():
            if st.button(kind, key=f"ask-{kind}", help=f"{what}.", disabled=not may):
                _ask(reader, kind, dry_run=dry)
        for action in ("pause", "resume"):
            if st.button(action, key=f"do-{action}", help=f"Have the engine {action}.", disabled=not may, type="tertiary"):
                _act(reader, f"/pipeline/{action}")
    if said := st.session_state.get("said"):
        st.info(said)


def _ask(reader: Reader, kind: str, *, dry_run: bool) -> None:
    answer = _act(reader, "/jobs", kind=kind, dry_run=dry_run)
    if answer is None:
        return
    if dry_run:
        would = [" ".join(str(step[name]) for name in ("table", "detail") if step.get(name)) for step in answer["would"]]
        st.session_state["said"] = "  \n".join(would) or f"There is nothing for {kind} to do."
    else:
        st.session_state["said"] = f"Job {answer['job']['id']} is queued: {kind}."
    reader.forget("/jobs")


def _act(reader: Reader, path: str, **body: Any) -> Any:
    """What the API answers; None where it refuses, and why is said."""
    try:
        answer = reader.client.act(path, **body).data
    except RtlError as error:
        st.session_state["said"] = str(error)
        return None
    st.session_state["said"] = f"Done: {path.rsplit('/', 1)[-1]}."
    reader.forget("/health")
    return answer


def jobs(reader: Reader) -> None:
    """The newest jobs, with how far they are."""
    read = reader.get("/jobs", limit=20)
    if not read.found or not read.found["data"]:
        st.caption(read.error or "No job was asked for yet.")
        return
    found = read.found["data"][:_SHOWN]
    if any(job["state"] in ("queued", "running") for job in found):
        reader.forget("/jobs")
    rows = [
        {
            "job": str(job["id"]),
            "kind": job["kind"],
            "state": job["state"],
            "steps": f"{job['done']} of {job['steps']}" if job["steps"] else "",
            "asked for": clock_time(job["created_at"]),
            "ended": clock_time(job["ended_at"]),
            "said": job["error"] or _result(job["result"]),
        }
        for job in found
    ]
    st.table(rows, border="horizontal", hide_index=True, alt="The newest jobs")


def _result(steps: list[dict[str, Any]]) -> str:
    checks = [step for step in steps if step.get("check")]
    if checks:
        broken = [step["check"] for step in checks if not step["holds"]]
        return f"Broken: {', '.join(broken)}" if broken else f"All {len(checks)} promises hold"
    return f"{len(steps)} things done" if steps else ""

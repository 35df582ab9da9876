"""The audit joined with the tables' logs: which versions of tables came of what somebody did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rtlakehouse.api.admin.schemas import AuditEntryView
from rtlakehouse.control import Action, AuditEntry, Jobs

__all__ = ["with_versions"]


def with_versions(jobs: Jobs, entries: Sequence[AuditEntry]) -> list[AuditEntryView]:
    """The entries as they are told. What a repair made is in its entry; what a job made is in the job, once it has ended."""
    results = jobs.results([int(entry.target) for entry in entries if entry.action is Action.JOB_ASK])
    return [_told(entry, results.get(int(entry.target), []) if entry.action is Action.JOB_ASK else []) for entry in entries]


def _told(entry: AuditEntry, result: Sequence[dict[str, Any]]) -> AuditEntryView:
    detail = dict(entry.detail)
    made = detail.pop("versions", {}) | {row["table"]: row["version"] for row in result if row.get("version") is not None}
    return AuditEntryView.model_validate({**asdict(entry), "detail": detail, "versions": made})

"""Small control data, beside the tables: who may do what, saved queries, jobs. SQLite in the lake, or PostgreSQL by URL."""

from rtlakehouse.control.jobs import Job, JobKind, Jobs, JobState
from rtlakehouse.control.keys import MAX_NAME, ApiKey, Keys
from rtlakehouse.control.pins import Pin, Pins, pinned_versions
from rtlakehouse.control.roles import Role
from rtlakehouse.control.saved_queries import SavedQueries, SavedQuery
from rtlakehouse.control.store import Store

__all__ = [
    "MAX_NAME",
    "ApiKey",
    "Job",
    "JobKind",
    "JobState",
    "Jobs",
    "Keys",
    "Pin",
    "Pins",
    "Role",
    "SavedQueries",
    "SavedQuery",
    "Store",
    "pinned_versions",
]

"""Small control data, beside the tables: keys, pins, saved queries, jobs, alerts. SQLite in the lake, or PostgreSQL by URL."""

from rtlakehouse.control.alert_messages import AlertMessage, AlertMessages, MessageState
from rtlakehouse.control.alert_round import AlertRound, alert_round
from rtlakehouse.control.alert_rules import AlertRule, AlertRules, Comparison, Target
from rtlakehouse.control.alerts import Alert, AlertLog, AlertState, RuleState, Silence, Standing
from rtlakehouse.control.audit import ITSELF, Action, Audit, AuditEntry, AuditFilter, local_user
from rtlakehouse.control.jobs import Job, JobKind, Jobs, JobState
from rtlakehouse.control.keys import MAX_NAME, ApiKey, Keys
from rtlakehouse.control.pins import HeldPins, Pin, Pins, pinned_versions
from rtlakehouse.control.requests import Requests
from rtlakehouse.control.roles import Role
from rtlakehouse.control.saved_queries import SavedQueries, SavedQuery
from rtlakehouse.control.store import Store, one_at_a_time

__all__ = [
    "Action",
    "Alert",
    "AlertLog",
    "AlertMessage",
    "AlertMessages",
    "AlertRound",
    "AlertRule",
    "AlertRules",
    "AlertState",
    "ApiKey",
    "Audit",
    "AuditEntry",
    "AuditFilter",
    "Comparison",
    "HeldPins",
    "ITSELF",
    "Job",
    "JobKind",
    "JobState",
    "Jobs",
    "Keys",
    "MAX_NAME",
    "MessageState",
    "Pin",
    "Pins",
    "Requests",
    "Role",
    "RuleState",
    "SavedQueries",
    "SavedQuery",
    "Silence",
    "Standing",
    "Store",
    "Target",
    "alert_round",
    "local_user",
    "one_at_a_time",
    "pinned_versions",
]

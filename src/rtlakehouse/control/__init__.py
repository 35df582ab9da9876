"""Small control data, beside the tables: who may do what, queries that were saved. SQLite in the lake, or PostgreSQL by URL."""

from rtlakehouse.control.keys import ApiKey, Keys
from rtlakehouse.control.pins import Pin, Pins, pinned_versions
from rtlakehouse.control.roles import Role
from rtlakehouse.control.saved_queries import SavedQueries, SavedQuery
from rtlakehouse.control.store import Store

__all__ = ["ApiKey", "Keys", "Pin", "Pins", "Role", "SavedQueries", "SavedQuery", "Store", "pinned_versions"]

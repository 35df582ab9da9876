"""Mending: what changes tables later than the batch that made them."""

from rtlakehouse.mending.backfill import Backfill, Rules, Span
from rtlakehouse.mending.checking import Search
from rtlakehouse.mending.erasing import Erasure, recorded
from rtlakehouse.mending.finding import Person, names
from rtlakehouse.mending.restore import Restore, Target, batch_at, whole
from rtlakehouse.mending.retention import Prepared, Retention
from rtlakehouse.mending.terms import Keeping, Terms
from rtlakehouse.mending.undo import Undo

__all__ = [
    "Backfill",
    "Erasure",
    "Keeping",
    "Person",
    "Prepared",
    "Restore",
    "Retention",
    "Rules",
    "Search",
    "Span",
    "Target",
    "Terms",
    "Undo",
    "batch_at",
    "names",
    "recorded",
    "whole",
]

"""Mending: what changes the tables after bronze later than the batch that made them."""

from rtlakehouse.mending.backfill import Backfill, Rules, Span
from rtlakehouse.mending.restore import Restore, Target, batch_at, whole

__all__ = ["Backfill", "Restore", "Rules", "Span", "Target", "batch_at", "whole"]

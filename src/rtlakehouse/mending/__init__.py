"""Mending: what changes the tables after bronze later than the batch that made them."""

from rtlakehouse.mending.backfill import Backfill, Rules, Span

__all__ = ["Backfill", "Rules", "Span"]

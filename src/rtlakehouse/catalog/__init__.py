"""The read side: consistent snapshots of the lake, and queries over them."""

from rtlakehouse.catalog.catalog import Catalog
from rtlakehouse.catalog.reading import Reading
from rtlakehouse.catalog.snapshot import Snapshot

__all__ = ["Catalog", "Reading", "Snapshot"]

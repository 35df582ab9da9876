"""Gauges of the lake itself, read off the newest snapshot when Prometheus asks."""

from __future__ import annotations

from prometheus_client import Gauge

from rtlakehouse.api.formats import rows_of
from rtlakehouse.api.ledger.queries import TOTALS
from rtlakehouse.api.live.feed import Feed
from rtlakehouse.catalog import Catalog

__all__ = ["LakeMetrics"]

RECORDS = Gauge("rtl_ledger_records", "Records in the ledger by what became of them.", ["fate"])
DIFFERENCE = Gauge("rtl_ledger_difference", "Records received and not accounted for: must be 0.")
BEHIND = Gauge("rtl_data_behind_seconds", "Age of the oldest acknowledged record that is not readable yet.")
VERSION = Gauge("rtl_table_version", "Version of a table.", ["table"])
FILES = Gauge("rtl_table_files", "Live files of a table.", ["table"])
ROWS = Gauge("rtl_table_rows", "Rows of a table.", ["table"])
BYTES = Gauge("rtl_table_bytes", "Bytes of a table's live files.", ["table"])
CLIENTS = Gauge("rtl_live_clients", "Connected clients of the live feed.")


class LakeMetrics:
    """Sets the gauges from the catalog and the feed."""

    def __init__(self, catalog: Catalog, feed: Feed) -> None:
        self._catalog = catalog
        self._feed = feed

    def update(self) -> None:
        snapshot = self._catalog.latest
        totals = rows_of(snapshot.query(TOTALS, ledger="ops.ledger"))[0]
        for fate in ("received", "accepted", "duplicates", "quarantined", "late"):
            RECORDS.labels(fate).set(totals[fate])
        accounted = totals["accepted"] + totals["duplicates"] + totals["quarantined"]
        DIFFERENCE.set(totals["received"] - accounted)
        BEHIND.set(self._catalog.behind_ms() / 1000)
        CLIENTS.set(self._feed.clients)
        for name, version in snapshot.versions.items():
            files = snapshot.files_of(name)
            VERSION.labels(name).set(version)
            FILES.labels(name).set(len(files))
            ROWS.labels(name).set(sum(file.rows for file in files))
            BYTES.labels(name).set(sum(file.size_bytes for file in files))

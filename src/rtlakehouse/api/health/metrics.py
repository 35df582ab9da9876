"""Gauges of the lake itself, read off the newest snapshot when Prometheus asks."""

from __future__ import annotations

from collections.abc import Iterable
from shutil import disk_usage

import structlog
from prometheus_client import Gauge

from rtlakehouse import __version__
from rtlakehouse.api.formats import rows_of
from rtlakehouse.api.health.memory import memory_of_parts
from rtlakehouse.api.ledger.queries import TOTALS
from rtlakehouse.api.live.feed import Feed
from rtlakehouse.catalog import Catalog
from rtlakehouse.control import AlertLog
from rtlakehouse.errors import StoreError
from rtlakehouse.home import behind_s
from rtlakehouse.home import read_status as read_home_status
from rtlakehouse.ingest.kafka_status import read_status
from rtlakehouse.search.products import Follower
from rtlakehouse.storage.journal_status import read_statuses
from rtlakehouse.storage.lake import Lake
from rtlakehouse.storage.pause import is_paused
from rtlakehouse.storage.progress import read_progress

__all__ = ["STATUSES", "LakeMetrics"]

log = structlog.get_logger(__name__)

# What a part of the system may be, from best to worst.
STATUSES = ("ok", "degraded", "down")

RECORDS = Gauge("rtl_ledger_records", "Records in the ledger by what became of them.", ["fate"])
EXPIRED = Gauge("rtl_expired_records", "Records that bronze has let go of, their retention over; the ledger counts them.")
DIFFERENCE = Gauge("rtl_ledger_difference", "Records received and not accounted for: must be 0.")
BEHIND = Gauge("rtl_data_behind_seconds", "Age of the oldest acknowledged record that is not readable yet.")
VERSION = Gauge("rtl_table_version", "Version of a table.", ["table"])
FILES = Gauge("rtl_table_files", "Live files of a table.", ["table"])
ROWS = Gauge("rtl_table_rows", "Rows of a table.", ["table"])
BYTES = Gauge("rtl_table_bytes", "Bytes of a table's live files.", ["table"])
LAG = Gauge("rtl_source_lag_records", "Records of a Kafka partition that are not in bronze.", ["topic", "partition"])
POSITION = Gauge("rtl_source_position", "The position of a Kafka partition that is read next.", ["topic", "partition"])
BATCH = Gauge("rtl_engine_batch_records", "Records of the engine's last batch.", ["engine"])
STAGE = Gauge("rtl_engine_stage_seconds", "Time that a stage of the engine's last batch took.", ["engine", "stage"])
INPUT = Gauge("rtl_engine_input_records_per_second", "Records that came in for each second, as of the last batch.", ["engine"])
PROCESSED = Gauge("rtl_engine_processed_records_per_second", "Records for each second of the engine's work.", ["engine"])
WAITING = Gauge("rtl_engine_waiting_records", "Records in bronze that were in no batch yet, as of the last batch.", ["engine"])
PAUSED = Gauge("rtl_pipeline_paused", "1 while the engine is to take no further batch.")
ALERT_RULES = Gauge(
    "rtl_alert_rules", "Alert rules of all tenants by state; troubled: those that cannot be evaluated.", ["state"]
)
CLIENTS = Gauge("rtl_live_clients", "Connected clients of the live feed.")
SEARCH_PRODUCTS = Gauge("rtl_search_products", "Products that have a vector, of all tenants.")
SEARCH_BEHIND = Gauge("rtl_search_behind_versions", "Versions of silver.events that the index of products lacks.")
PART = Gauge("rtl_part_status", "1 for the status that a part of the system has, 0 for the others.", ["part", "status"])
MEMORY = Gauge("rtl_part_memory_bytes", "Resident memory of a part's processes, of those on the API's machine.", ["part"])
HOME_BEHIND = Gauge("rtl_home_behind_seconds", "For how long a commit has not been in the lake's home in an object store.")
JOURNAL = Gauge("rtl_journal_through_timestamp_seconds", "Up to when a journal tells of what is final.", ["table"])
DISK_FREE = Gauge("rtl_disk_free_bytes", "Room that is left on the disk of the lake.")
DISK_SIZE = Gauge("rtl_disk_size_bytes", "Size of the disk of the lake.")
BUILD = Gauge("rtl_build_info", "1, with the release that runs.", ["version"])


class LakeMetrics:
    """Sets the gauges from the catalog, the feed, and what the consumer of Kafka says of itself."""

    def __init__(self, lake: Lake, catalog: Catalog, feed: Feed, alerts: AlertLog, products: Follower) -> None:
        self._lake = lake
        self._alerts = alerts
        self._products = products
        self._catalog = catalog
        self._feed = feed

    def update(self, parts: Iterable[tuple[str, str]]) -> None:
        """Set all gauges. parts: each part of the system with the status it has."""
        for part, found in parts:
            for status in STATUSES:
                PART.labels(part, status).set(status == found)
        MEMORY.clear()
        for part, resident in memory_of_parts(self._lake).items():
            MEMORY.labels(part).set(resident)
        disk = disk_usage(self._lake.root)
        DISK_FREE.set(disk.free)
        DISK_SIZE.set(disk.total)
        BUILD.labels(__version__).set(1)
        snapshot = self._catalog.latest
        totals = rows_of(snapshot.query(TOTALS, sums=snapshot.ledger_sums))[0]
        for fate in ("received", "accepted", "duplicates", "quarantined", "late"):
            RECORDS.labels(fate).set(totals[fate])
        accounted = totals["accepted"] + totals["duplicates"] + totals["quarantined"]
        DIFFERENCE.set(totals["received"] - accounted)
        EXPIRED.set(totals["expired"])
        BEHIND.set(self._catalog.behind_ms() / 1000)
        CLIENTS.set(self._feed.clients)
        PAUSED.set(is_paused(self._lake))
        self._update_engine()
        for name, version in snapshot.versions.items():
            files = snapshot.files_of(name)
            VERSION.labels(name).set(version)
            FILES.labels(name).set(len(files))
            ROWS.labels(name).set(sum(file.rows for file in files))
            BYTES.labels(name).set(sum(file.size_bytes for file in files))
        SEARCH_PRODUCTS.set(self._products.points)
        SEARCH_BEHIND.set(snapshot.versions["silver.events"] - (self._products.silver_version or 0))
        self._update_source()
        if (home := read_home_status(self._lake.control)) is not None:
            HOME_BEHIND.set(behind_s(home))
        for table, journal in read_statuses(self._lake).items():
            if journal.through is not None:
                JOURNAL.labels(table).set(journal.through.timestamp())
        self._update_alerts()

    def _update_source(self) -> None:
        if (status := read_status(self._lake)) is None:
            return
        for partition in status.partitions:
            LAG.labels(status.topic, partition.partition).set(partition.lag)
            POSITION.labels(status.topic, partition.partition).set(partition.position)

    def _update_alerts(self) -> None:
        """Without an answer of the control store there are no figures of alerts, and all others."""
        ALERT_RULES.clear()
        try:
            counts = self._alerts.counts()
        except StoreError as error:
            log.error("alerts cannot be counted", why=str(error))  # noqa: TRY400 - the message says it all
            return
        for state, count in counts.items():
            ALERT_RULES.labels(state).set(count)

    def _update_engine(self) -> None:
        """What the engine says of its last batch. After a hand-over the figures of the engine before are gone."""
        for gauge in (BATCH, STAGE, INPUT, PROCESSED, WAITING):
            gauge.clear()
        if (progress := read_progress(self._lake)) is None:
            return
        BATCH.labels(progress.engine).set(progress.received)
        INPUT.labels(progress.engine).set(progress.input_per_s)
        PROCESSED.labels(progress.engine).set(progress.processed_per_s)
        WAITING.labels(progress.engine).set(progress.waiting)
        for stage, seconds in progress.stage_seconds.items():
            STAGE.labels(progress.engine, stage).set(seconds)

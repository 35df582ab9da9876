"""Every setting, in one place. Only this file and `environment.py` read the environment.

A value comes from the command line, else `RTL_<NAME>`, else `rtlakehouse.toml` in the working directory, else the
default; `rtl settings` prints each with where it came from.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings.exceptions import SettingsError as UnreadableError

from rtlakehouse.environment import user_data
from rtlakehouse.errors import SettingsError
from rtlakehouse.retained import RetentionKey
from rtlakehouse.working_copy import folder_of
from rtlakehouse.wrong_settings import explanation, refuse_unknown

__all__ = [
    "SETTINGS_FILE",
    "Settings",
    "load_settings",
    "origins",
    "traces_wanted",
]

SETTINGS_FILE = Path("rtlakehouse.toml")
PREFIX = "RTL_"


class Settings(BaseSettings):
    """What can be set. Units are in the names: `_s` seconds, `_ms` milliseconds, `_mb` mebibytes."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, toml_file=SETTINGS_FILE, extra="forbid", frozen=True, env_ignore_empty=True
    )

    lake: Path = Field(
        Path("lake"),
        description="Directory of the lake: every table and all control files; or the address of its `home`, `s3://…`: the"
        " directory is one of that address's own in `$XDG_DATA_HOME/rtlakehouse` then.",
    )
    home: str = Field(
        "",
        pattern=r"^([a-z0-9+]+://.+)?$",
        description="Address in an object store that is the lake's home; `lake` is a copy then.",
    )
    acknowledge: Literal["disk", "home"] = Field("disk", description="Where a post must be before it is acknowledged.")
    home_lease_s: float = Field(
        30, gt=0, description="A home is free for another machine when the one that had it has not been heard of for this long."
    )
    host: str = Field("127.0.0.1", description="Address the API listens on. Any other than loopback opens it to the network.")
    port: int = Field(
        8000, ge=0, le=65535, description="Port of API and dashboard; the next free one is taken, and said, when it is in use."
    )
    monitor_port: int = Field(
        8501, ge=0, le=65535, description="Port of the monitor; the next free one is taken, and said, when it is in use."
    )
    control_url: SecretStr | None = Field(
        None,
        description="PostgreSQL for API keys and saved queries, `postgresql://user:password@host/database`, one database a lake;"
        " SQLite in the lake where it is not set.",
    )
    api_key: SecretStr | None = Field(
        None, description="API key that `rtl simulate` and the Python client send; `rtl keys create` makes one."
    )
    open_reads: Literal["local", "everyone", "nobody"] = Field(
        "local",
        description="Who may read without a key, as tenant `default`; `local`: who is on this machine, while `host` is loopback.",
    )
    allowed_hosts: str = Field(
        "",
        description="Comma-separated names, besides localhost, that an API on a loopback address answers to: that of a proxy.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severe log line that is printed.")
    log_format: Literal["auto", "human", "json"] = Field(
        "auto", description="Log lines for people or for machines; `auto`: human on a terminal."
    )
    otlp_endpoint: str = Field(
        "",
        pattern=r"^(https?://.+)?$",
        description="Where traces are sent, a receiver of OTLP over HTTP: `http://localhost:4318`. Without it, and without"
        " OpenTelemetry's own variables, nothing is traced.",
    )
    otlp_share: float = Field(
        1,
        ge=0,
        le=1,
        description="Share of requests and batches that are traced; one that comes with a trace goes by what that says.",
    )
    openlineage: str = Field(
        "",
        description="Where the engine tells of its work as events of OpenLineage: an address,"
        " `http://localhost:5000/api/v1/lineage`, or a file that gets a line for each; nowhere when not set.",
    )
    openlineage_key: SecretStr | None = Field(None, description="Bearer token for the receiver of events of OpenLineage.")
    openlineage_namespace: str = Field("rtlakehouse", min_length=1, description="Namespace of the jobs in events of OpenLineage.")
    openlineage_every_s: float = Field(
        60, gt=0, description="How often the engine tells of its batches by OpenLineage; those in between are added up."
    )

    watermark_s: float = Field(
        15,
        ge=0,
        description="An event received later than this after it happened is late; a window is final this long after its end.",
    )
    future_limit_s: float = Field(
        300, ge=0, description="An event dated further than this after its receipt is quarantined as `future_timestamp`."
    )
    late_limit_s: float = Field(
        7 * 86400, ge=0, description="An event received later than this after it happened is quarantined as `too_late`."
    )
    dedupe_window_s: float = Field(
        86400, ge=0, description="Two events of one id count once when they happened at most this far apart."
    )

    engine: Literal["auto", "embedded", "spark"] = Field(
        "auto", description="What takes bronze to gold; `auto`: the engine the lake is of, `embedded` for a new one."
    )
    trigger_ms: int = Field(20, ge=1, description="How often the engine looks for new bronze versions.")
    rest_ms: int = Field(
        100,
        ge=0,
        description="How long the engine rests at most after a batch of up to 10,000 records, half as long as that took. "
        "`0`: never, for figures a little sooner and a processor at work all the time.",
    )
    max_batch_events: int = Field(200_000, ge=1, description="A batch takes whole bronze versions up to this many events.")
    engine_threads: int = Field(2, ge=1, description="Threads of the embedded engine's DuckDB.")
    engine_memory_mb: int = Field(512, ge=64, description="Memory of the embedded engine's DuckDB; beyond it spills to disk.")
    state_members: int = Field(
        2_000_000,
        ge=1000,
        description="Distinct values the engine keeps in memory for hot windows; colder windows are read again from silver.",
    )
    state_ids: int = Field(
        20_000_000, ge=1000, description="Event ids the engine keeps indexed; colder days are read again from silver."
    )

    spark_master: str = Field("local[2]", description="Where Spark runs: `local[N]` with N threads here, or a cluster's address.")
    spark_trigger_s: float = Field(10, gt=0, description="How often the Spark engine looks for new bronze versions.")
    spark_driver_mb: int = Field(0, ge=0, description="Heap of Spark's driver; 0: 4,096 on a cluster, 1,024 with a local master.")
    spark_executor_mb: int = Field(0, ge=0, description="Heap of each of Spark's executors; 0: 4,096.")
    spark_jars: Path | None = Field(
        None, description="Folder with the jars of Delta and Kafka for Spark; they are fetched by name where it is not set."
    )
    spark_conf: dict[str, str] = Field({}, description="More of Spark's own settings by their names (JSON in the environment).")
    spark_kafka_options: dict[str, SecretStr] = Field(
        {},
        description="Options of Spark's Kafka client, such as SASL and TLS, by its own names (JSON in the environment).",
    )
    java_home: Path | None = Field(
        None, description="The Java that runs Spark; JAVA_HOME, else the one on the path, when not set."
    )

    linger_ms: int = Field(10, ge=0, description="How long the gateway waits for more posts to share a bronze commit.")
    gateway_queue_events: int = Field(200_000, ge=1, description="Events the gateway holds before it answers 429.")
    gateway_queue_mb: int = Field(128, ge=1, description="Bytes the gateway holds before it answers 429.")
    max_body_mb: int = Field(
        16,
        ge=1,
        description="Largest body of posted events, before and after decompression; more is a 413. Of any other request: 1 MiB.",
    )
    receive_timeout_s: float = Field(
        30, gt=0, description="A request body must have arrived within this time, else 408; its head too, else the line is cut."
    )
    send_timeout_s: float = Field(30, gt=0, description="A line is cut whose client takes no byte of an answer for this long.")
    source: Literal["http", "kafka"] = Field(
        "http", description="Where live events are read from; with `kafka` the HTTP gateway hands what is posted to Kafka."
    )
    kafka: str = Field(
        "local", description="Brokers, `HOST:PORT`, comma-separated; `local` is the one that `rtl kafka start` has started."
    )
    kafka_topic: str = Field(
        "events", pattern=r"^[A-Za-z0-9._-]{1,249}$", description="The topic that events are read from and produced to."
    )
    kafka_partitions: int = Field(4, ge=1, description="Partitions of the topic where it has to be made.")
    kafka_options: dict[str, SecretStr] = Field(
        {},
        description="More options of every Kafka client, such as SASL and TLS, by librdkafka's names (JSON in the environment).",
    )
    kafka_group: str = Field(
        "rtlakehouse", min_length=1, description="Consumer group that tools see the lag of; where reading goes on is in the lake."
    )
    kafka_linger_ms: int = Field(20, ge=1, description="How long the consumer waits for more records to share a bronze commit.")
    kafka_batch_events: int = Field(50_000, ge=1, description="Records of a bronze commit at most.")
    kafka_batch_mb: int = Field(32, ge=1, description="Bytes of a bronze commit after which it takes no more records.")
    kafka_ahead_events: int = Field(
        500_000, ge=1, description="The consumer waits while so many records of its own are in bronze and not refined."
    )
    kafka_folder: Path = Field(Path("kafka"), description="Directory of the local Kafka: its data, configuration and logs.")
    kafka_port: int = Field(9092, ge=1, le=65535, description="Port of the local Kafka; the next free one where it is taken.")

    ingest_chunk_events: int = Field(100_000, ge=1, description="Events of a file that `rtl ingest` commits to bronze at once.")

    maintenance: bool = Field(True, description="Compact, checkpoint, clean logs and vacuum as part of running.")
    compact_files: int = Field(60, ge=2, description="Small files of a table that start a compaction.")
    target_file_mb: int = Field(64, ge=1, description="Size that compaction aims for.")
    log_commits: int = Field(
        2_000, ge=100, description="Commits of a table that are kept one by one; older ones only at checkpoints."
    )
    history_step_s: float = Field(
        600, gt=0, description="Of older versions, one in this time stays readable, for `vacuum_retention_s`."
    )
    vacuum_retention_s: float = Field(
        7 * 86400, ge=60, description="Files no longer referenced are kept this long for time travel and readers."
    )
    journals: bool = Field(True, description="Keep what is told of gold in tables: `gold.anomalies`, `gold.forecasts`.")
    snapshot_every_s: float = Field(3600, ge=0, description="Write a Parquet snapshot of gold this often; 0 never.")
    snapshots_keep: int = Field(3, ge=1, description="Parquet snapshots that are kept.")
    retention_days: dict[RetentionKey, Annotated[int, Field(ge=1, le=36_500)]] = Field(
        {}, description='Days that bronze, quarantine, silver and gold keep, else for ever; of one tenant: `{"acme.bronze": 7}`.'
    )

    catalog_poll_ms: int = Field(20, ge=1, description="How often the API looks for new commits.")
    catalog_memory_mb: int = Field(512, ge=64, description="Memory of the API's DuckDB.")
    gold_memory_mb: int = Field(256, ge=16, description="Gold files the API keeps in memory; those used last stay.")
    cache_entries: int = Field(2_000, ge=0, description="Answers the API keeps by ETag.")
    cache_mb: int = Field(64, ge=0, description="Size of the answers the API keeps.")
    freshness_target_s: float = Field(
        60, ge=0, description="A table whose newest event, minute or record is older than this is not fresh."
    )
    query_deadline_s: float = Field(10, gt=0, description="A statement that runs longer than this is ended.")
    query_memory_mb: int = Field(512, ge=64, description="Memory of one statement; one that needs more is refused.")
    query_result_mb: int = Field(64, ge=1, description="Size of a page of a statement's rows; a larger one is refused.")
    query_threads: int = Field(2, ge=1, description="Threads of one statement.")
    query_concurrent: int = Field(2, ge=1, description="Statements at once; one more is a 429.")
    reads_per_minute: int = Field(
        60, ge=1, description="Reads a minute and address without a key; a POST that only asks, such as a query, is one."
    )
    key_reads_per_minute: int = Field(1_200, ge=1, description="Reads a minute with one API key, from wherever.")
    reads_at_once: int = Field(
        4, ge=1, description="Reads worked on at once; the others wait, each key or address in a line of its own, in turn."
    )
    read_limit: bool = Field(True, description="Whether reads without a key are limited.")
    trusted_proxies: str = Field(
        "", description="Comma-separated addresses or networks whose X-Forwarded-For is believed, walked from the right."
    )
    sse_clients: int = Field(200, ge=1, description="Live connections at once; one more is a 503.")
    sse_events_behind: int = Field(
        10_000,
        ge=1,
        description="A client of the live events that is more rows behind is told how many it missed, and goes on there.",
    )
    sse_heartbeat_s: float = Field(10, gt=0, description="A live connection without news gets a comment this often.")
    sse_send_timeout_s: float = Field(
        15, gt=0, description="A live connection whose client takes no byte for this long, not even a heartbeat's, is closed."
    )

    alerts_every_s: float = Field(
        5, ge=0, description="How often alert rules are evaluated, by one API process of a lake; 0 never."
    )
    alerts_kept_days: float = Field(90, gt=0, le=36_500, description="How long an alert stays on the list after it is resolved.")
    alerts_notify: list[SecretStr] = Field(
        [],
        description="Who is told of alerts of rules that do not say it themselves: addresses as apprise takes them (JSON in the"
        " environment).",
    )

    search_index: Literal["auto", "disk", "memory"] = Field(
        "auto",
        description="Where the search index is kept; `disk`: in the lake, by Qdrant Edge of the extra `search`; `auto`: there if"
        " that is installed, else in memory.",
    )
    search_url: str | None = Field(
        None, description="A Qdrant server that keeps the search index, `http://HOST:6333`; needs the extra `search`."
    )
    search_key: SecretStr | None = Field(None, description="API key of the Qdrant server.")
    search_text: Literal["auto", "words", "model"] = Field(
        "auto",
        description="How texts are searched; `words`: by words and pieces of words; `model`: by a small language model too,"
        " of the extra `text`; `auto`: so if that is installed.",
    )
    search_every_s: float = Field(
        5,
        ge=0,
        description="How often the search index follows the tables, once it was asked for; 0: whenever it is asked, however long"
        " that takes.",
    )
    search_members: int = Field(
        1_000_000,
        ge=1_000,
        description="Products in sessions and orders that the search index remembers, so that what comes later is known to be"
        " together with them; the oldest go first.",
    )
    search_pairs: int = Field(
        5_000_000, ge=1_000, description="Pairs of products that the search index counts; those seldom together go first."
    )
    search_memory_mb: int = Field(256, ge=64, description="Memory of the DuckDB that counts what is together.")
    llm_url: str = Field(
        "",
        pattern=r"^(https?://.+)?$",
        description="An endpoint that speaks OpenAI's protocol, `http://localhost:11434/v1`, which the assistant asks where its"
        " rules do not understand a question; when not set, nothing is sent anywhere.",
    )
    llm_model: str = Field("", description="The model to ask there, by the endpoint's name for it.")
    llm_key: SecretStr | None = Field(None, description="API key of that endpoint.")
    llm_timeout_s: float = Field(10, gt=0, description="A model that has not answered by then is done without.")
    failpoints: str = Field(
        "",
        description="For crash tests: `name` or `name:N` kills the process at the N-th pass of that failpoint; comma-separated.",
    )
    simulate_rate: float = Field(200, gt=0, description="Events a second of the simulator that `rtl up` starts.")
    up_nice: int = Field(
        5, ge=0, le=19, description="How far the parts of `rtl up` give way to what else runs on the machine: 0 (not) to 19."
    )

    @model_validator(mode="before")
    @classmethod
    def _take_address(cls, values: dict[str, Any]) -> dict[str, Any]:
        """An address for a directory: the one place where `--lake s3://…` is understood."""
        lake = str(values.get("lake", ""))
        return {**values, "home": lake.rstrip("/"), "lake": user_data() / folder_of(lake)} if "://" in lake else values

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**flags: Any) -> Settings:
    """The settings in force; a flag that is None was not given. Raises SettingsError with the name that was meant."""
    refuse_unknown(os.environ, Settings.model_fields, PREFIX)
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        raise SettingsError(explanation(error, Settings.model_fields)) from error
    except UnreadableError as error:
        raise SettingsError(f"{error}. What holds several values is JSON in the environment.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{SETTINGS_FILE} is not valid TOML: {error}. Mend that line, or remove the file.") from error


def traces_wanted(settings: Settings) -> bool:
    """Whether there is a place for traces, in the settings or in OpenTelemetry's own variables, which may also forbid it."""
    there = [settings.otlp_endpoint, *(os.environ.get(f"OTEL_EXPORTER_OTLP_{name}ENDPOINT") for name in ("TRACES_", ""))]
    forbidden = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    return any(there) and not forbidden


def origins(**flags: Any) -> dict[str, str]:
    """For each setting, where its value comes from: `flag`, the variable's name, the file's name or `default`."""
    given = InitSettingsSource(Settings, {k: v for k, v in flags.items() if v is not None})()
    sources = [("flag", given), ("", EnvSettingsSource(Settings)()), (str(SETTINGS_FILE), TomlConfigSettingsSource(Settings)())]

    def origin(name: str) -> str:
        return next((said or f"{PREFIX}{name.upper()}" for said, source in sources if name in source), "default")

    found = {name: origin(name) for name in Settings.model_fields}
    said = [source["lake"] for _, source in sources if "lake" in source]
    return {**found, "home": found["lake"]} if said and "://" in str(said[0]) else found

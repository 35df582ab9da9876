"""Every read of the interface, as a question with real parameters, and which tables each may use."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from api.serving import Site
from rtlakehouse.medallion.graph import TABLES

KPIS, REVENUE, SILVER, LEDGER = "gold.kpis_1m", "gold.revenue_1m", "silver.events", "ops.ledger"
QUARANTINE, BRONZE = "silver.quarantine", "bronze.events"
STATIC = (
    *("/contracts", "/contracts/1", "/lineage", "/lineage/columns/gold.revenue_1m.net", "/lineage/impact/silver.events.price"),
    *("/metrics-catalog", "/metrics-catalog/conversion_rate", "/quality/expectations", "/assistant/evaluation"),
)
# What is kept beside the tables, or installed.
CONTROL = ("/queries", "/search", "/ml/detectors")
MOMENTARY = (
    *("/health/live", "/health/ready", "/health", "/version", "/pipeline"),
    *(
        "/maintenance",
        "/maintenance/retention",
        "/snapshots",
        "/pins",
        "/jobs",
        "/whoami",
        "/alerts",
        "/alerts/rules",
        "/search/status",
    ),
)
# What these tell is in the commits, of which logs keep only the newest one by one.
READ_OFF_LOGS = ("/history/timeline", "/pipeline/batches", "/pipeline/latency")
# What these tell of the present depends on the time of day, of the past on that past's.
FORECASTS = ("/forecasts/gross", "/forecasts/orders", "/forecasts/conversion_rate", "/forecasts/backtests")
JUDGED_BY_CLOCK = (
    "/quality",
    "/quality/freshness",
    "/anomalies",
    "/anomalies/expected",
    "/anomalies/causes",
    "/ml/features",
    *FORECASTS,
)
# What these tell are estimates, so their figures are floating point numbers.
ESTIMATED = ("/anomalies", "/anomalies/expected", "/anomalies/causes", "/search/moments", *FORECASTS)
# The tables of expectations: bronze's are judged by what is in quarantine.
EXPECTED = tuple(name for name in TABLES if name != "bronze.events")
SEGMENTS = ("country", "device", "campaign", "referrer")
TABULAR = (
    "/kpis/series",
    "/kpis/revenue",
    "/kpis/products/top",
    "/kpis/segments",
    "/kpis/funnel",
    "/kpis/users",
    "/windows",
    "/rows",
    "/ledger",
    "/events",
    "/quarantine",
)


@dataclass(frozen=True)
class Question:
    """A read of tables: where, with what, and what it must say it used."""

    path: str
    tables: tuple[str, ...]
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def is_tabular(self) -> bool:
        return self.path in TABULAR or self.path.endswith("/rows") or self.path.startswith("/kpis/segments/")

    @property
    def tells_what_is_kept(self) -> bool:
        """Whether upkeep may change the answer, also that about a past point."""
        return "/versions" in self.path or self.path.endswith("/files") or self.path in READ_OFF_LOGS

    @property
    def name(self) -> str:
        return f"{self.path} {' '.join(self.parameters)}".strip()


def fixed(now: datetime) -> list[Question]:
    """Each endpoint once or twice, over a range that is given and over one that is not."""
    span = {"from": (now - timedelta(hours=9)).isoformat(), "to": (now - timedelta(hours=2)).isoformat()}
    ranged = [
        ("/kpis/series", ("gold.kpis_1m",), {"step": "1m"}),
        ("/kpis/series", ("gold.kpis_1m", SILVER), {"step": "15m"}),
        ("/kpis/revenue", (REVENUE, SILVER), {}),
        ("/kpis/products/top", ("gold.products_1m",), {"by": "units"}),
        *((f"/kpis/segments/{name}", ("gold.segments_1m", SILVER), {"limit": "3"}) for name in SEGMENTS),
        ("/kpis/compare", (SILVER,), {}),
        ("/kpis/funnel", (SILVER,), {}),
        ("/kpis/users", (SILVER,), {"cohort": "week"}),
        ("/quality/results", EXPECTED, {}),
        ("/quality/lateness", (SILVER,), {}),
        ("/windows", (KPIS,), {"limit": "20"}),
        ("/anomalies", (KPIS, REVENUE), {}),
        ("/anomalies", ("gold.segments_1m",), {"metric": "purchases", "dimension": "country"}),
        ("/anomalies/expected", (KPIS,), {"metric": "events"}),
        ("/events", (SILVER,), {"event_type": "purchase", "limit": "20"}),
    ]
    questions = [Question(path, tables, {**own, **span}) for path, tables, own in ranged]
    # Which window is the newest is read off the kpis.
    questions += [Question(path, tuple({*tables, KPIS}), own) for path, tables, own in ranged]
    questions += [
        Question("/kpis/latest", (KPIS, REVENUE)),
        Question("/ledger", (LEDGER,), {"limit": "5"}),
        Question("/ledger/balance", (LEDGER,)),
        Question("/pipeline/batches", (LEDGER,), {"limit": "5"}),
        Question("/pipeline/latency", ("bronze.events", LEDGER)),
        Question("/quarantine", (BRONZE, QUARANTINE), {"reason": "malformed_json", "limit": "20"}),
        Question("/quarantine/summary", (BRONZE, QUARANTINE)),
        Question("/quarantine/summary", (BRONZE, QUARANTINE), span),
        Question("/quarantine/repairs", (BRONZE, LEDGER)),
        Question("/assistant/suggestions", (KPIS, "gold.products_1m", REVENUE, "gold.segments_1m")),
        Question("/anomalies/causes", (KPIS, "gold.products_1m", SILVER), {"metric": "purchases", "at": span["to"]}),
        Question("/ml/features", (KPIS, REVENUE)),
        Question("/forecasts/gross", (KPIS, REVENUE), {"currency": "EUR", "step": "1m"}),
        Question("/forecasts/orders", (KPIS, SILVER), {"step": "1m"}),
        Question("/forecasts/conversion_rate", (KPIS, SILVER), {"step": "1m"}),
        Question("/forecasts/backtests", (KPIS,), {"metric": "events", "step": "1m"}),
        Question("/search/moments", (KPIS,), {"length": "30m"}),
        Question("/search/moments", (KPIS,), {"at": span["to"], "metric": "purchases", "days": "2"}),
        Question("/quality", tuple(TABLES)),
        Question("/quality/freshness", tuple(TABLES)),
    ]
    questions += [Question(f"/tables/{name}/versions", (name,), {"limit": "20"}) for name in (KPIS, SILVER)]
    questions += [Question("/tables/gold.kpis_1m/versions/3", (KPIS,)), Question("/history/timeline", tuple(TABLES))]
    questions += [Question(f"/tables/{name}/diff", (name,), {"from": "0", "limit": "20"}) for name in (KPIS, SILVER)]
    questions += [Question(f"/tables/{KPIS}/diff", (KPIS,), {"change": "changed"})]
    for name in (KPIS, SILVER, QUARANTINE, LEDGER):
        questions += [Question(f"/tables/{name}{what}", (name,)) for what in ("", "/schema", "/rows", "/files", "/profile")]
    return questions


def of_site(site: Site) -> list[Question]:
    """The questions that need to know what is in the lake."""
    start = site.get("/windows", limit=1)["data"][0]["window_start"]
    event = site.get(f"/tables/{SILVER}/rows", limit=1)["data"][0]["event_id"]
    rejected = site.get("/quarantine", limit=1)["data"][0]["id"]
    receipt = (BRONZE, LEDGER, SILVER, "silver.duplicates", QUARANTINE)
    return [
        Question(f"/windows/{start}", (KPIS, REVENUE)),
        Question(f"/windows/{start}/revisions", (KPIS, LEDGER, SILVER)),
        Question(f"/windows/{start}/explain", (KPIS, "bronze.events", SILVER)),
        Question(f"/events/{event}", (SILVER,)),
        Question(f"/quarantine/{rejected}", (BRONZE, QUARANTINE)),
        Question("/events/receipts/http-0-7", receipt),
        Question("/ledger/offsets/0/7", receipt),
    ]


def at_random(draw: random.Random, now: datetime) -> Iterator[Question]:
    """Endless random questions over everything that takes `as_of`."""
    questions = [question for question in fixed(now) if not question.tells_what_is_kept]
    while True:
        question = draw.choice(questions)
        parameters = dict(question.parameters)
        if "from" in parameters and not question.path.endswith("/diff"):
            start = now - timedelta(minutes=draw.randrange(1, 30 * 60))
            end = start + timedelta(minutes=draw.randrange(1, 600))
            parameters |= {"from": start.isoformat(), "to": end.isoformat()}
        if question.path == "/kpis/series":
            step = draw.choice(["1m"] if SILVER not in question.tables else ["5m", "15m", "1h", "1d"])
            parameters |= {"step": step, "fill": draw.choice(["true", "false"])}
        if question.path == "/kpis/products/top":
            parameters |= {"by": draw.choice(["gross", "units", "purchases", "page_views"]), "limit": str(draw.randrange(1, 50))}
        if question.path.endswith("/rows") or question.path in ("/ledger", "/windows", "/events", "/quarantine"):
            parameters["limit"] = str(draw.randrange(1, 200))
        yield Question(question.path, question.tables, parameters)

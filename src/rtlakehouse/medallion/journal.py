"""Journals: what was told of gold, and when. No query over silver gives them: each row was worked out when it was written.

Rows are only ever added: what is told anew comes after what was told before, and holds instead of it.
"""

from __future__ import annotations

import pyarrow as pa

from rtlakehouse.medallion.table import UTC_TIME, Column, Kind, Table

__all__ = ["ANOMALIES", "FORECASTS", "TABLES"]

_FIGURE = pa.float64()
_COMPUTED_FROM = Column("computed_from", pa.string(), "The versions of the tables it was worked out from, as a JSON object.")
_TOLD_AT = Column("told_at", UTC_TIME, "When this row was written.")

ANOMALIES = Table(
    name="gold.anomalies",
    kind=Kind.APPEND,
    grain="one judgement of a minute that was told as an anomaly",
    columns=(
        Column("tenant_id", pa.string(), "Whose figures."),
        Column("window_start", UTC_TIME, "First instant of the minute from which on the figure is unlike itself."),
        Column("window_end", UTC_TIME, "First instant of the next minute."),
        Column("metric", pa.string(), "The figure: a column of gold.kpis_1m, gold.revenue_1m or gold.segments_1m."),
        Column("currency", pa.string(), "Of orders and money; null for figures of all.", nullable=True),
        Column("id", pa.string(), "Of the minute, the series and the detector, as GET /anomalies has it."),
        Column("revision", pa.int64(), "1, and one more each time it is told anew; the highest holds."),
        Column("withdrawn", pa.bool_(), "Whether it is no anomaly any more; the rest of the row is then what had been told."),
        Column("value", _FIGURE, "The figure of this minute."),
        Column("judged", _FIGURE, "What was judged: a mean of this and the last minutes."),
        Column("expected", _FIGURE, "What it was expected to be."),
        Column("low", _FIGURE, "What is judged lies between low and high where all is as usual."),
        Column("high", _FIGURE, "See low."),
        Column("score", _FIGURE, "Distance from what was expected, as a multiple of what is tolerated."),
        Column("severity", pa.string(), "warning or critical."),
        Column("reason", pa.string(), "In words."),
        Column("detector", pa.string(), "What judged."),
        _COMPUTED_FROM,
        _TOLD_AT,
        Column(
            "dimension",
            pa.string(),
            "Of a segment: country, device, campaign or referrer; null for figures of all.",
            nullable=True,
        ),
        Column("segment", pa.string(), "The dimension's value; null for figures of all.", nullable=True),
    ),
    key=("tenant_id", "id", "revision"),
    sources=("gold.kpis_1m", "gold.revenue_1m", "gold.segments_1m"),
)

FORECASTS = Table(
    name="gold.forecasts",
    kind=Kind.APPEND,
    grain="one step ahead of a figure, as it was forecast at one time",
    columns=(
        Column("tenant_id", pa.string(), "Whose figures."),
        Column("metric", pa.string(), "The figure: a metric of the catalogue."),
        Column("currency", pa.string(), "Of money; null for figures of all.", nullable=True),
        Column("step", pa.string(), "How long a step is: 1h or 1d, a day of UTC."),
        Column("learned_to", UTC_TIME, "End of the last final step: what came after it was not known."),
        Column("step_start", UTC_TIME, "First instant of the step that is forecast."),
        Column("step_end", UTC_TIME, "First instant of the next step."),
        Column("expected", _FIGURE, "What the figure is expected to be."),
        Column("low", _FIGURE, "It is to lie between low and high."),
        Column("high", _FIGURE, "See low."),
        Column("level", _FIGURE, "Share of the values that the range is to hold."),
        Column("model", pa.string(), "The model that a backtest chose."),
        Column("season", pa.int64(), "After how many steps that takes the figure to repeat itself; 1: never."),
        Column("is_naive", pa.bool_(), "Whether it only repeats the last season, as nothing was better."),
        _COMPUTED_FROM,
        _TOLD_AT,
    ),
    key=("tenant_id", "metric", "currency", "step", "learned_to", "step_start"),
    # Of distinct users and orders the hours and days are counted in silver.
    sources=("silver.events", "gold.kpis_1m", "gold.revenue_1m"),
)

TABLES = (ANOMALIES, FORECASTS)

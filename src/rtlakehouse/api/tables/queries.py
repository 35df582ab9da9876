"""SQL of the tables resource. Order makes pages of one version hold still."""

from collections.abc import Sequence

import pyarrow as pa

from rtlakehouse.medallion.table import Column

__all__ = ["SHARES", "profile", "rows"]

# The shares of the values that lie at or below a quantile.
SHARES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
# Characters of a text that a profile shows.
_SHOWN = 200


def rows(key: tuple[str, ...]) -> str:
    """A page of a tenant's rows of a table in the order of its key, which comes from the table's definition."""
    return f"select * from rows where tenant_id = $tenant order by {', '.join(key)} limit $limit offset $offset"


def profile(columns: Sequence[Column]) -> str:
    """One row: of each column `<n>_nulls`, `_distincts`, `_lowest`, `_highest`, `_quantiles` and `_frequent`, n its place."""
    told = ", ".join(part for place, column in enumerate(columns) for part in _profiled(place, column))
    return f"""
        with profiled as materialized (select * from rows where tenant_id = $tenant limit $most)
        select count(*) as rows, {told} from profiled
    """


def _profiled(place: int, column: Column) -> list[str]:
    name = column.name
    shown = f"left({name}, {_SHOWN})" if pa.types.is_string(column.type) else name
    parts = {
        "nulls": f"count(*) - count({name})",
        "distincts": f"count(distinct {name})",
        "lowest": f"min({shown})" if _is_ordered(column) else "null",
        "highest": f"max({shown})" if _is_ordered(column) else "null",
        "quantiles": f"quantile_disc({name}, {list(SHARES.values())})" if _is_measured(column) else "null",
        "frequent": "null" if pa.types.is_binary(column.type) else _frequent(name, shown),
    }
    return [f'{text} as "{place}_{what}"' for what, text in parts.items()]


def _frequent(name: str, shown: str) -> str:
    """The values that most rows have, of those that several have."""
    return f"""(
        select list({{'value': value, 'rows': rows}} order by rows desc, value)
        from (
            select {shown} as value, count(*) as rows from profiled where {name} is not null
            group by all having count(*) > 1 order by rows desc, value limit $frequent
        )
    )"""


def _is_ordered(column: Column) -> bool:
    """Whether its lowest and highest value say anything: those of bytes and lists do not."""
    return not (pa.types.is_binary(column.type) or pa.types.is_nested(column.type))


def _is_measured(column: Column) -> bool:
    """Whether it is a number or a time."""
    measured = (pa.types.is_integer, pa.types.is_decimal, pa.types.is_temporal)
    return any(is_one(column.type) for is_one in measured)

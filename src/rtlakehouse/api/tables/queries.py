"""SQL of the tables resource. Order makes pages of one version hold still."""

__all__ = ["rows"]


def rows(key: tuple[str, ...], *, scoped: bool) -> str:
    """A page of a table's rows in the order of its key; `key` and the relation come from the table's definition."""
    where = "where tenant_id = $tenant" if scoped else ""
    return f"select * from rows {where} order by {', '.join(key)} limit $limit offset $offset"

"""SQL of the tables resource. Order makes pages of one version hold still."""

__all__ = ["rows"]


def rows(key: tuple[str, ...]) -> str:
    """A page of a tenant's rows of a table in the order of its key, which comes from the table's definition."""
    return f"select * from rows where tenant_id = $tenant order by {', '.join(key)} limit $limit offset $offset"

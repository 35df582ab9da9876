"""The resource `queries`: queries that were saved."""

"""The embedded engine: DuckDB and delta-rs in this process."""

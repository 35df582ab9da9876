"""The Spark engine: the same tables, filled by tasks of Spark, on one machine or on a cluster."""

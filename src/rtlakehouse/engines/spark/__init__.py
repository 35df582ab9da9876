"""The Spark engine: the same tables, filled by Spark SQL on one machine or on a cluster."""

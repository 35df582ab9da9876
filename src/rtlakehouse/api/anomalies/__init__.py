"""The resource `anomalies`."""

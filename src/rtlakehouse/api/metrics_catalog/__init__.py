"""The resource `metrics-catalog`."""

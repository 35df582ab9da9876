"""The resource `pipeline`."""

"""The resource `alerts`."""

"""The resource `snapshots`."""

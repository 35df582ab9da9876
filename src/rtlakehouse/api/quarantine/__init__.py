"""The resource `quarantine`."""

"""The resource `ml`."""

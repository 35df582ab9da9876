"""The resource `tables`."""

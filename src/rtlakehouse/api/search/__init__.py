"""The resource `search`."""

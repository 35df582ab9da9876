"""The resource `query`."""

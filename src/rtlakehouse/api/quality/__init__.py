"""The resource `quality`."""

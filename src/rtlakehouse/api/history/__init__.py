"""The resource `history`."""

"""The resource `maintenance`."""

"""The resource `erasures`."""

"""The resource `assistant`."""

"""The resource `contracts`."""

"""The resource `pins`."""

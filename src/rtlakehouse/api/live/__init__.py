"""The resource `live`."""

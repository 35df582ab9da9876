"""The resource `kpis`."""

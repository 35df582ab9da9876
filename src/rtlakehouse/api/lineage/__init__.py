"""The resource `lineage`."""

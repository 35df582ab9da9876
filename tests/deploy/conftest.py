"""What runs the programs under test."""

from faults.conftest import programs, root

__all__ = ["programs", "root"]

"""What runs the programs under test."""

from faults.conftest import fork_server, programs, root

__all__ = ["fork_server", "programs", "root"]

"""The page for those who operate the system, `rtl monitor`: it speaks to the API, by the client, and to nothing else."""

from rtlakehouse.monitor.program import command, require_extra

__all__ = ["command", "require_extra"]

"""A server of the Model Context Protocol, `rtl mcp`: it speaks to the API, by the client, and to nothing else."""

from rtlakehouse.mcp.extra import require_extra

__all__ = ["require_extra"]

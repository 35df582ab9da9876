"""The reference of the HTTP interface, written from its description: `docs/api.md`, and the page at `/api/docs`."""

from rtlakehouse.api.reference.markdown import reference
from rtlakehouse.api.reference.page import install

__all__ = ["install", "reference"]

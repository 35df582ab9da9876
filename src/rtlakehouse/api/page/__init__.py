"""The dashboard at `/`: what was built from `web/`, served as it is."""

from rtlakehouse.api.page.dashboard import install

__all__ = ["install"]

"""The page at `/`: plain HTML, CSS and JavaScript modules in `static`, served as they are."""

from rtlakehouse.api.page.files import install

__all__ = ["install"]

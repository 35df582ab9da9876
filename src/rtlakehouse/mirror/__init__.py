"""A copy of a lake's tables in an object store, for whoever reads Delta tables there: `rtl mirror`."""

from rtlakehouse.mirror.copying import Mirror, Mirrored
from rtlakehouse.mirror.objects import Objects, require_extra

__all__ = ["Mirror", "Mirrored", "Objects", "require_extra"]

"""A copy of a lake's tables in an object store, for whoever reads Delta tables there: `rtl mirror`."""

from rtlakehouse.mirror.copying import Mirror, Mirrored
from rtlakehouse.mirror.objects import Objects, require_extra
from rtlakehouse.mirror.table_copy import TableCopy, entry, folder_of, is_same, versions_in

__all__ = ["Mirror", "Mirrored", "Objects", "TableCopy", "entry", "folder_of", "is_same", "require_extra", "versions_in"]

"""Who asks, and what that allows: a caller of one tenant and role through every route."""

from rtlakehouse.api.access.caller import Caller
from rtlakehouse.api.access.keyring import Keyring
from rtlakehouse.api.access.needs import CallerOf, Needs, caller_of, is_welcome, requires

__all__ = ["Caller", "CallerOf", "Keyring", "Needs", "caller_of", "is_welcome", "requires"]

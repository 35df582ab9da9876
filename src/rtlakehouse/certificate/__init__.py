"""The certificate: the same records through two engines, and a hash of every table that each has made of them."""

from __future__ import annotations

from rtlakehouse.certificate.comparing import CERTIFIED, Line, certify, compared
from rtlakehouse.certificate.simulated import simulated

__all__ = ["CERTIFIED", "Line", "certify", "compared", "simulated"]

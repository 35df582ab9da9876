"""Products by who was interested in what: which were in one session or one order, and vectors learned from that."""

from rtlakehouse.search.products.baskets import BasketBounds, Baskets, Together
from rtlakehouse.search.products.built import SILVER
from rtlakehouse.search.products.follower import Follower, Known, Progress

__all__ = ["SILVER", "BasketBounds", "Baskets", "Follower", "Known", "Progress", "Together"]

"""Texts found by their words: metrics, dimensions, columns, endpoints, saved queries."""

from rtlakehouse.search.text.lexical import Lexical
from rtlakehouse.search.text.texts import FoundText, Kind, Text, Texts, of_catalogue, of_tables

__all__ = ["FoundText", "Kind", "Lexical", "Text", "Texts", "of_catalogue", "of_tables"]

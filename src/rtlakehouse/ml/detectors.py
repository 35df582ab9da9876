"""The detectors there are: ours, and those that other packages offer as entry points of the group `rtlakehouse.detectors`.

An entry point's name is the detector's; what it names is called without arguments and answers with a `Detector` that has
learned nothing. It has to be fit for `copy.deepcopy`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import entry_points
from importlib.util import find_spec

from rtlakehouse.errors import UsageError
from rtlakehouse.ml.detector import Detector
from rtlakehouse.ml.gaussian import WindowedGaussian
from rtlakehouse.ml.half_space_trees import HalfSpaceTrees
from rtlakehouse.ml.seasonal import SeasonalBaseline

__all__ = ["DEFAULT", "GROUP", "Offered", "detector", "offered"]

GROUP = "rtlakehouse.detectors"
DEFAULT = "seasonal_baseline"


@dataclass(frozen=True)
class Offered:
    """A detector by its name. load: gives what makes one. needs: the library and the extra without which it cannot be made.
    package: that offers it."""

    name: str
    load: Callable[[], Callable[[], Detector]]
    package: str = "rtlakehouse"
    needs: tuple[str, str] | None = None

    @cached_property
    def trouble(self) -> str | None:
        """Why it cannot be used, with the fix; None where it can."""
        if self.needs and find_spec(self.needs[0]) is None:
            return f"It needs {self.needs[0]}: `pip install 'rtlakehouse[{self.needs[1]}]'`."
        try:
            self.load()
        except (ImportError, AttributeError) as error:
            return f"{self.package} offers it and it cannot be loaded ({error}); update or remove that package."
        return None

    @property
    def make(self) -> Callable[[], Detector]:
        """Makes one that has learned nothing. Raises UsageError where it cannot be used."""
        if self.trouble:
            raise UsageError(f"The detector {self.name} cannot be used. {self.trouble}")
        return self.load()

    @property
    def description(self) -> str:
        """The first line of its documentation; empty where it cannot be used."""
        return "" if self.trouble else (inspect.getdoc(self.load()) or "").partition("\n")[0]

    @property
    def configuration(self) -> Mapping[str, object]:
        """What it is made with, by name; nothing where it cannot be used."""
        parameters = {} if self.trouble else inspect.signature(self.load()).parameters
        return {name: each.default for name, each in parameters.items() if each.default is not each.empty}


_OWN = (
    Offered(DEFAULT, lambda: SeasonalBaseline),
    Offered("windowed_gaussian", lambda: WindowedGaussian),
    Offered("half_space_trees", lambda: HalfSpaceTrees, needs=("river", "river")),
)


def offered() -> dict[str, Offered]:
    """Every detector by its name, ours first; the name of ours nobody else can take."""
    own = {each.name: each for each in _OWN}
    return own | {each.name: each for each in _others() if each.name not in own}


def detector(name: str) -> Offered:
    """Raises UsageError for one that there is not, or that cannot be used."""
    every = offered()
    if name not in every:
        raise UsageError(f"There is no detector {name!r}. There are {', '.join(every)}.")
    found = every[name]
    _ = found.make
    return found


def _others() -> Iterator[Offered]:
    for point in entry_points(group=GROUP):
        yield Offered(point.name, point.load, point.dist.name if point.dist else "a package")

"""What the engine does, told as OpenLineage tells it: https://openlineage.io. It imports no client: the events are plain JSON."""

from rtlakehouse.openlineage.runs import Runs
from rtlakehouse.openlineage.sending import Sender

__all__ = ["Runs", "Sender"]

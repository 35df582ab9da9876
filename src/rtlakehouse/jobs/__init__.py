"""Jobs as the engine does them: what each kind is made of, and the lane in which they run, a step between two batches."""

from rtlakehouse.jobs.kinds import Act, Options, Works, options_of
from rtlakehouse.jobs.lane import JobLane
from rtlakehouse.jobs.retaining import Retaining
from rtlakehouse.jobs.works import BY_HAND_FILES, make_maintenance, make_retention, make_snapshots, make_works, terms_by_name

__all__ = [
    "BY_HAND_FILES",
    "Act",
    "JobLane",
    "Options",
    "Retaining",
    "Works",
    "make_maintenance",
    "make_retention",
    "make_snapshots",
    "make_works",
    "options_of",
    "terms_by_name",
]

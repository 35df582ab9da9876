"""How tables are kept: commits, locks, healing, maintenance, time travel."""

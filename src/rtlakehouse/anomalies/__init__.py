"""Judging the figures of gold: which series there are, and which minutes of them are anomalies."""

"""Alerts: rules that are looked at every few seconds, what they fire, and who is told."""

from rtlakehouse.alerts.built_in import built_in_rules
from rtlakehouse.alerts.evaluator import Evaluator, Gauge, Measured
from rtlakehouse.alerts.messenger import Messenger
from rtlakehouse.alerts.targets import send, target_of
from rtlakehouse.alerts.watch import Watch

__all__ = ["Evaluator", "Gauge", "Measured", "Messenger", "Watch", "built_in_rules", "send", "target_of"]

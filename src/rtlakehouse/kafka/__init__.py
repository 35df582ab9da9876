"""Talking to Kafka: what all that produce and consume have in common."""

"""Questions in words, read against the semantic layer by rules: no model, no network, the same words the same question."""

"""How figures go on: what can be asked of that, and what is learned for it."""

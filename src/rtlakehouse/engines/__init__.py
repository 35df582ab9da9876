"""How the tables are filled: one folder an engine, no business rule in any."""

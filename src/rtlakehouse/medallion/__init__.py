"""What exists: the tables and the rules that relate them. Imports no engine."""

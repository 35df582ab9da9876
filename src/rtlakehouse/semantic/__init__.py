"""The semantic layer: what each business figure is called, means and is computed from, in one catalogue."""

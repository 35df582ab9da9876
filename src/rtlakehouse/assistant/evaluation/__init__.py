"""Questions with what they must be read as, and how many of them are."""

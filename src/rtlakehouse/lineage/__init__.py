"""What comes from what, read off the SQL that computes it."""

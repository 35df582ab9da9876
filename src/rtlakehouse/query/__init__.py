"""SQL of users, in a jail: what may be said, by whom it is run, and of which rows."""

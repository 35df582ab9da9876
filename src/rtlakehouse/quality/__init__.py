"""How good the data is: what is expected of it and whether that holds, how fresh it is, and how late events arrive."""

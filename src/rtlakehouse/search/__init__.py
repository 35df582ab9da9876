"""What is like what: vectors in an index, which is a copy of something else and can be thrown away."""

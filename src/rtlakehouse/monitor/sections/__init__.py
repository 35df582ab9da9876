"""The sections of the page, from the top down; each is given the reader and draws what it says."""

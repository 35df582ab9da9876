"""What an event is: the contract as data, and the one function that applies it."""

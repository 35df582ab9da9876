"""How records come in. Each source ends in the same place: a durable bronze commit that carries its progress."""

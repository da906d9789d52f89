"""A network as data: its nodes, how one is made of a model, and its kept forward pass."""

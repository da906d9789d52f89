"""Trained networks with what is needed to explain them: weights, architectures, preparation of pictures."""

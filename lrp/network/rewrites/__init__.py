"""What is rewritten in a traced graph before it becomes a network, each into a graph that computes the same."""

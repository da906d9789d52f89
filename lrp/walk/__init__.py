"""The walk back through a network: relevance, gradients, what is explained, and the ledger of where it went."""

"""The inbox: what the shops sent, and what became of it."""

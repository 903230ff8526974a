"""Dead letters: what waits for a person, from the inbox and from the queued work; replay or discard."""

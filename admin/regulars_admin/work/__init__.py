"""Work: what is queued, what is late, what was done."""

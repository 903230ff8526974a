"""What the staff look at."""

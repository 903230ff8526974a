"""What the spine does per second, as ratios within one run: machines are shared and noisy."""

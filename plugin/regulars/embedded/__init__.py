"""The embedded set-up: one folder, one command, no servers to install."""

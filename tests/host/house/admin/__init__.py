"""The host's back office, in a package of the most ordinary name."""

"""Every table of the plugin, gathered for those who need them all: migrations and the privacy of a shop."""

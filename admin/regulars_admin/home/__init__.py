"""The first page: the few numbers one wants in the morning."""

"""Customers: the list one searches, and the dossier of one of them."""

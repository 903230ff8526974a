"""Complaints: the queue, and one case beside its customer's dossier."""

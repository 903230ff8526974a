"""The suite: one folder per capability; servers.py, databases.py and fixtures.py give it real servers."""

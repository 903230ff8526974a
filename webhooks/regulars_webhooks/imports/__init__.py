"""Imports: a shop's history from files of our standard JSON, or CSV, applied as back-fill."""

from regulars_webhooks.imports.models import ImportPart, ImportRow

__all__ = ["ImportPart", "ImportRow"]

"""Regulars turns one-time buyers into regulars: the Flask extension, its facts, its errors, its signals."""

from regulars import errors, facts, signals
from regulars.db import include_object, prepare_sqlite
from regulars.extension import Regulars

__all__ = ["Regulars", "errors", "facts", "include_object", "prepare_sqlite", "signals"]

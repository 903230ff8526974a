"""Dead letters: what could not be done, why, and the two ways on: replay or discard."""

from regulars_webhooks.deadletters.service import Letter, discard, find, note_refusal, replay

__all__ = ["Letter", "discard", "find", "note_refusal", "replay"]

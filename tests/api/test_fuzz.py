"""Whatever a server sends, the API answers as its document says and never breaks."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.api.test_api import key_of
from tests.world import WorldShop

CALLS = [
    ("POST", "/api/v1/shops/{shop_key}/customer-tokens"),
    ("GET", "/api/v1/shops/{shop_key}/customers/{customer}/balance"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_whatever_is_sent_is_answered_as_the_document_says(shop: WorldShop, method: str, path: str) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", shop.world.app)
    key = key_of(shop)

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(schema[path][method].as_strategy())
    def ask(case: "schemathesis.Case[Any]") -> None:
        case.path_parameters["shop_key"] = "alpha"
        answer = case.call(headers={"Authorization": f"Bearer {key}"})
        checks = [not_a_server_error, content_type_conformance, response_schema_conformance]
        case.validate_response(answer, checks=checks)

    ask()

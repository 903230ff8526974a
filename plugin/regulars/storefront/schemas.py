"""What a shopper's report looks like on the wire."""

from typing import Any

import msgspec
from marshmallow import RAISE, Schema, ValidationError, fields

from regulars.errors import InvalidInput


class ReportSchema(Schema):
    """A report as the widget sends it; what is said in it is checked by `complaints`."""

    class Meta:
        """A field we do not know is a mistake that the sender should hear of."""

        unknown = RAISE

    order_id = fields.String(load_default=None, allow_none=True)
    problem = fields.String(required=True)
    text = fields.String(required=True)


_REPORT = ReportSchema()


def read_report(body: bytes) -> dict[str, Any]:
    """A report from the raw body. Raises InvalidInput whose `errors` name the fields."""
    try:
        document = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"The body is not JSON: {error}.") from error
    try:
        report: dict[str, Any] = _REPORT.load(document)
    except ValidationError as error:
        raise InvalidInput("The report is not complete.", errors=error.messages) from error
    return report

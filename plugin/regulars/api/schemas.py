"""What goes over the wire of the JSON API; OpenAPI is made from these."""

from typing import Any

from marshmallow import INCLUDE, RAISE, Schema, ValidationError, fields, validate, validates_schema

from regulars.values import is_storable


def _storable(text: str) -> None:
    if not is_storable(text):
        raise ValidationError("It has characters that no text can have.")


class _Strict(Schema):
    class Meta:
        """A field we do not know is a mistake that the sender should hear of."""

        unknown = RAISE


class CustomerSchema(_Strict):
    """Who is logged in, as the shop knows them: its own id, a verified e-mail, or both."""

    id = fields.String(
        validate=[validate.Length(1, 200), _storable], metadata={"description": "The shop's own id of the customer."}
    )
    email = fields.Email(
        validate=[validate.Length(3, 320), _storable],
        metadata={"description": "An address that the shop has verified."},
    )
    name = fields.String(validate=[validate.Length(1, 200), _storable])

    @validates_schema
    def name_somebody(self, data: dict[str, Any], **_: Any) -> None:
        """At least one of id and e-mail says who it is."""
        if not data.get("id") and not data.get("email"):
            raise ValidationError("Give the customer's id, or their e-mail, or both.", "id")


class TokenRequestSchema(_Strict):
    """What a server asks for when a shopper is logged in."""

    customer = fields.Nested(CustomerSchema, required=True)
    ttl = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=validate.Range(min=1),
        metadata={"description": "How many seconds the token lives; never more than 300."},
    )  # fmt: skip


class TokenSchema(Schema):
    """A token for the widget."""

    token = fields.String(required=True)
    expires_at = fields.String(required=True, metadata={"format": "date-time"})


class LotSchema(Schema):
    """Points that arrive or expire on a day of the shop."""

    points = fields.Integer(required=True)
    on = fields.String(required=True, metadata={"format": "date"})


class BalanceSchema(Schema):
    """A customer's points as they are now."""

    customer_id = fields.String(required=True, metadata={"description": "Our id of the customer."})
    unit = fields.String(required=True)
    available = fields.Integer(required=True)
    pending = fields.Integer(required=True)
    reserved = fields.Integer(required=True)
    debt = fields.Integer(required=True)
    expiring = fields.List(fields.Nested(LotSchema), required=True)
    releasing = fields.List(fields.Nested(LotSchema), required=True)


class ProblemSchema(Schema):
    """What went wrong, as RFC 9457 problem details; some have more to say, each in a field of its own."""

    class Meta:
        """More fields may come."""

        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.Dict()

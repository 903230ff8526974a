"""What the widget is answered, as marshmallow schemas, made once at import."""

from marshmallow import Schema, fields


class MeLine(Schema):
    """A line as the widget shows it."""

    title = fields.String()
    quantity = fields.Integer()


class MeOrder(Schema):
    """An order as the widget shows it."""

    id = fields.String(attribute="external_id")
    name = fields.String()
    placed_at = fields.AwareDateTime()
    total = fields.String()
    currency = fields.String()
    lines = fields.Nested(MeLine, many=True)


class MeEntry(Schema):
    """A movement as the widget shows it."""

    at = fields.AwareDateTime()
    points = fields.Integer()
    kind = fields.String()
    why = fields.String()


class MePart(Schema):
    """Points that end or arrive on a day."""

    points = fields.Integer()
    on = fields.Date()


class MePoints(Schema):
    """The numbers of an account."""

    available = fields.Integer()
    pending = fields.Integer()
    reserved = fields.Integer()
    expiring = fields.Nested(MePart, many=True)
    releasing = fields.Nested(MePart, many=True)


class MeReward(Schema):
    """A reward, and how far it is."""

    id = fields.String()
    name = fields.String()
    cost = fields.Integer()
    affordable = fields.Boolean()
    missing = fields.Integer()


class MeProgress(Schema):
    """How far the next tier is."""

    next = fields.String()
    missing = fields.Integer()
    at = fields.Integer()


class MeTier(Schema):
    """Where somebody stands."""

    name = fields.String(allow_none=True)
    multiplier = fields.String()
    progress = fields.Nested(MeProgress, allow_none=True)


class Me(Schema):
    """Everything the widget shows."""

    customer = fields.Dict()
    points = fields.Nested(MePoints)
    tier = fields.Nested(MeTier)
    rewards = fields.Nested(MeReward, many=True)
    history = fields.Nested(MeEntry, many=True)
    orders = fields.Nested(MeOrder, many=True)


ME = Me()

"""A program document into a Program, with errors that name the place and the remedy."""

import re
import tomllib
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate, validates_schema

from regulars.errors import InvalidInput
from regulars.program.rules import EXCLUDABLE, Expiry, OrderRule, Program, ReviewRule, Reward, Tier
from regulars.values import MAX_POINTS

_DAYS = re.compile(r"(\d{1,5}) days?")
_SLUG = validate.Regexp(r"[a-z0-9][a-z0-9-]{0,62}\Z", error="use small letters, digits and hyphens, like five-off")
REWARD_KINDS = ("amount_off", "percent_off", "free_shipping", "free_product", "gift_card", "store_credit")
EXPIRY_MODES = ("lots", "never")


class _Rate(fields.Field[Fraction]):
    """An exact positive number, written as 1, "1.25" or "0.1"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Fraction:
        if isinstance(value, bool):
            raise ValidationError('write a number, like 1 or "1.25"')
        try:
            rate = Decimal(str(value))
        except InvalidOperation as error:
            raise ValidationError('write a number, like 1 or "1.25"') from error
        if not rate.is_finite() or not 0 < rate <= 1_000_000:
            raise ValidationError("it must be above 0 and at most 1000000")
        return Fraction(rate)


def _points(error: str = "it must be a whole number of points, at least 1") -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=validate.Range(1, MAX_POINTS, error=error))


class _Strict(Schema):
    class Meta:
        """Unknown keys are mistakes: a misspelt rule must not silently do nothing."""

        unknown = RAISE

    error_messages = {"unknown": "there is no such key; docs/program.md lists them all"}  # noqa: RUF012


class OrderRuleSchema(_Strict):
    """[earn.order]"""

    points_per_unit = _Rate(required=True)
    exclude = fields.List(  # type: ignore[assignment]  # the program's word; marshmallow's own option is not used
        fields.String(validate=validate.OneOf(EXCLUDABLE, error="it may be shipping, tax, tip or gift_card")),
        load_default=lambda: list(EXCLUDABLE),
    )
    hold_days = fields.Integer(
        strict=True, load_default=14, validate=validate.Range(0, 3650, error="from 0 to 3650 days")
    )
    refund_basis = fields.String(
        load_default="lines", validate=validate.OneOf(("lines", "money"), error="it must be lines or money")
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> OrderRule:
        """The rule as a value."""
        return OrderRule(data["points_per_unit"], frozenset(data["exclude"]), data["hold_days"], data["refund_basis"])


class ReviewRuleSchema(_Strict):
    """[earn.review]"""

    points = _points()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> ReviewRule:
        """The rule as a value."""
        return ReviewRule(data["points"])


class ReferralFriendSchema(_Strict):
    """The friend's side of [earn.referral]."""

    reward = fields.String(required=True, validate=_SLUG)


class ReferralRuleSchema(_Strict):
    """[earn.referral]; checked and kept with the document."""

    advocate = _points()
    friend = fields.Nested(ReferralFriendSchema)
    min_order = fields.Decimal(load_default=None, allow_none=True)


class EarnSchema(_Strict):
    """[earn]"""

    order = fields.Nested(OrderRuleSchema, load_default=None)
    review = fields.Nested(ReviewRuleSchema, load_default=None)
    referral = fields.Nested(ReferralRuleSchema, load_default=None)


class ExpirySchema(_Strict):
    """[expiry]"""

    mode = fields.String(load_default="lots", validate=validate.OneOf(EXPIRY_MODES, error="it must be lots or never"))
    after = fields.String(load_default="365 days")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Expiry:
        """The rule as a value."""
        match = _DAYS.fullmatch(data["after"])
        if not match or not int(match[1]):
            raise ValidationError('write a number of days, like "365 days"', "after")
        return Expiry(data["mode"], int(match[1]))


class ClawbackSchema(_Strict):
    """[clawback]"""

    uncovered = fields.String(
        load_default="debt", validate=validate.OneOf(("debt", "write_off"), error="it must be debt or write_off")
    )


class RewardSchema(_Strict):
    """[[rewards]]"""

    id = fields.String(required=True, validate=_SLUG)
    name = fields.String(load_default=None)
    kind = fields.String(
        required=True, validate=validate.OneOf(REWARD_KINDS, error=f"it must be one of {', '.join(REWARD_KINDS)}")
    )
    value = fields.String(load_default=None)
    cost = _points()

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Reward:
        """The reward as a value."""
        return Reward(data["id"], data["name"] or data["id"], data["kind"], data["value"], data["cost"])


class TierSchema(_Strict):
    """[[tiers]]"""

    name = fields.String(required=True, validate=validate.Length(1, 60, error="write 1 to 60 letters"))
    at = fields.Integer(
        required=True, strict=True, validate=validate.Range(0, MAX_POINTS, error="it must be a number of points from 0")
    )
    multiplier = _Rate(load_default=Fraction(1))
    perks = fields.List(fields.String(), load_default=list)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Tier:
        """The step as a value."""
        return Tier(data["name"], data["at"], data["multiplier"], tuple(data["perks"]))


class ProgramSchema(_Strict):
    """The whole document."""

    unit = fields.String(load_default="points", validate=_SLUG)
    earn = fields.Nested(EarnSchema, load_default=dict)
    expiry = fields.Nested(ExpirySchema, load_default=lambda: Expiry("never", None))
    clawback = fields.Nested(ClawbackSchema, load_default=lambda: {"uncovered": "debt"})
    rewards = fields.List(fields.Nested(RewardSchema), load_default=list)
    tiers = fields.List(fields.Nested(TierSchema), load_default=list)

    @validates_schema
    def hang_together(self, data: dict[str, Any], **_: Any) -> None:
        """Ids and names are given once, and tiers climb."""
        ids = [reward.id for reward in data["rewards"]]
        if len(set(ids)) != len(ids):
            raise ValidationError("two rewards have the same id; give each its own", "rewards")
        names = [tier.name for tier in data["tiers"]]
        if len(set(names)) != len(names):
            raise ValidationError("two tiers have the same name; give each its own", "tiers")
        steps = [tier.at for tier in data["tiers"]]
        if steps != sorted(set(steps)):
            raise ValidationError("tiers must climb: write them from the lowest `at` to the highest", "tiers")
        referral = data["earn"].get("referral") if data["earn"] else None
        friend = (referral or {}).get("friend")
        if friend and friend["reward"] not in ids:
            raise ValidationError(
                {"earn": {"referral": {"friend": {"reward": [f"there is no reward {friend['reward']!r}"]}}}}
            )


_SCHEMA = ProgramSchema()


def parse_toml(text: str) -> dict[str, Any]:
    """A TOML text as a document. Raises InvalidInput with line and column."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"The program is not TOML: {error}") from error


def to_program(document: dict[str, Any], version: int) -> Program:
    """A document as a Program. Raises InvalidInput whose `errors` lead from each place to its remedy."""
    try:
        data = _SCHEMA.load(document)
    except ValidationError as error:
        places = dict(_flat(error.messages))
        told = "; ".join(f"{place}: {remedy}" for place, remedy in places.items())
        raise InvalidInput(f"The program does not fit: {told}", errors=places) from error
    earn = data["earn"] or {}
    return Program(
        version, data["unit"], earn.get("order"), earn.get("review"), data["expiry"],
        data["clawback"]["uncovered"] == "write_off", tuple(data["rewards"]), tuple(data["tiers"]),
    )  # fmt: skip


def _flat(messages: Any, place: str = "") -> list[tuple[str, str]]:
    if isinstance(messages, dict):
        steps = [
            (f"{place}.{key}" if place and key != "_schema" else (place or str(key)), value)
            for key, value in messages.items()
        ]
        return [pair for step, value in steps for pair in _flat(value, step)]
    return [(place, " and ".join(map(str, messages)))]

"""How compliance.toml becomes the rules of the gate, and what is wrong with it where it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from service.domain.collect.outreach import By, Counter, Kind, Medium, Stop, Surface
from service.domain.collect.rules import Cap, Channel, Hours, Number, NumberRule, PromiseRule, Quiet, Rules, StopRule
from service.domain.collect.wording import wording_of
from service.domain.rows import ORIGIN, PolicyError, Row, rows_in, version_of

NAME = "compliance"


def parse_rules(table: Mapping[str, Any]) -> Rules:
    """Raises PolicyError naming the row and the column."""
    for kind in table:
        if kind not in {"version", "channel", "hours", "quiet", "cap", "promise", "stop", "number", "wording"}:
            raise PolicyError(f"{NAME}.toml: {kind}: there is no such kind of row")
    channels = tuple(_channel(row) for row in rows_in(table, "channel", name=NAME))
    names = frozenset(one.origin.id for one in channels)
    rules = Rules(
        version=version_of(table, name=NAME),
        channels=channels,
        hours=tuple(_hours(row, names) for row in rows_in(table, "hours", name=NAME)),
        quiet=tuple(_quiet(row, names) for row in rows_in(table, "quiet", name=NAME)),
        caps=tuple(_cap(row, names) for row in rows_in(table, "cap", name=NAME)),
        promises=tuple(_promise(row, names) for row in rows_in(table, "promise", name=NAME)),
        stops=tuple(_stop(row) for row in rows_in(table, "stop", name=NAME)),
        numbers=tuple(_number(row) for row in rows_in(table, "number", name=NAME)),
        wording=tuple(wording_of(row) for row in rows_in(table, "wording", name=NAME)),
    )
    if missing := set(Stop) - {one.reason for one in rules.stops}:
        raise PolicyError(f"{NAME}.toml: stop: {sorted(missing)[0]}: has no row")
    if absent := set(Number) - {one.origin.id for one in rules.numbers}:
        raise PolicyError(f"{NAME}.toml: number: {sorted(absent)[0]}: has no row")
    for name in sorted(names):
        if not any(name in one.channels for one in rules.hours):
            raise PolicyError(f"{NAME}.toml: hours: {name}: no row covers this channel")
    return rules


def _channels(row: Row, names: frozenset[str]) -> frozenset[str]:
    chosen = frozenset(row.texts("channels", tuple(sorted(names))))
    if unknown := chosen - names:
        raise row.wrong("channels", f"{sorted(unknown)[0]} has no channel row")
    return chosen


def _channel(row: Row) -> Channel:
    platform = ("reply_window_hours", "per_consent", "fields", "field_length")
    row.only(*ORIGIN, "medium", "surface", "by", "point", "lasts_minutes", "reports", *platform)
    window = row.whole("reply_window_hours", at_least=1) if "reply_window_hours" in row.values else None
    per_consent = row.flag("per_consent", default=False)
    if (window is not None or per_consent) and not row.text("point", ""):
        raise row.wrong("point", "a reply window or a consent is that of an account, so the channel needs a point")
    fields = row.whole("fields", at_least=1) if "fields" in row.values else 0
    return Channel(
        row.origin(),
        row.one_of(Medium, "medium"),
        row.one_of(Surface, "surface"),
        by=row.many_of(By, "by"),
        point=row.text("point", ""),
        lasts=timedelta(minutes=row.whole("lasts_minutes", at_least=1) if "lasts_minutes" in row.values else 0),
        reports=row.flag("reports", default=False),
        reply_window=None if window is None else timedelta(hours=window),
        per_consent=per_consent,
        fields=fields,
        field_length=row.whole("field_length", at_least=1) if fields else 0,
    )


def _hours(row: Row, names: frozenset[str]) -> Hours:
    row.only(*ORIGIN, "opens", "closes", "channels")
    hours = Hours(row.origin(), row.clock("opens"), row.clock("closes"), _channels(row, names))
    if hours.opens >= hours.closes:
        raise row.wrong("closes", "is not later than opens")
    return hours


def _quiet(row: Row, names: frozenset[str]) -> Quiet:
    row.only(*ORIGIN, "sundays", "holidays", "kinds", "channels", "tiers")
    return Quiet(
        row.origin(),
        row.flag("sundays", default=False),
        frozenset(row.texts("holidays", ())),
        row.many_of(Kind, "kinds"),
        _channels(row, names),
        frozenset(row.texts("tiers", ())),
    )


def _cap(row: Row, names: frozenset[str]) -> Cap:
    row.only(*ORIGIN, "counter", "at_most", "media", "kinds", "channels")
    return Cap(
        row.origin(),
        row.one_of(Counter, "counter"),
        row.whole("at_most", at_least=0),
        row.many_of(Medium, "media"),
        row.many_of(Kind, "kinds"),
        _channels(row, names),
    )


def _promise(row: Row, names: frozenset[str]) -> PromiseRule:
    reminding = ("remind_days", "remind_at", "remind_channel", "remind_template", "remind_offer")
    row.only(
        *ORIGIN, "max_days", "max_parts", "grace_days", "max_renegotiations", "count_days", *reminding
    )  # fmt: skip
    channel = row.text("remind_channel")
    if channel not in names:
        raise row.wrong("remind_channel", f"{channel} has no channel row")
    return PromiseRule(
        row.origin(),
        max_days=row.whole("max_days", at_least=1),
        max_parts=row.whole("max_parts", at_least=1),
        grace_days=row.whole("grace_days", at_least=0),
        max_renegotiations=row.whole("max_renegotiations", at_least=0),
        count_days=row.whole("count_days", at_least=1),
        remind_days=row.whole("remind_days", at_least=1),
        remind_at=row.clock("remind_at"),
        remind_channel=channel,
        remind_template=row.text("remind_template"),
        remind_offer=row.texts("remind_offer", ()),
    )


def _stop(row: Row) -> StopRule:
    row.only(*ORIGIN, "label", "serve", "person", "grave")
    return StopRule(
        row.origin(),
        row.one_of(Stop, "id"),
        row.text("label"),
        serve=row.flag("serve", default=True),
        person=row.flag("person", default=False),
        grave=row.flag("grave", default=False),
    )


def _number(row: Row) -> NumberRule:
    row.only(*ORIGIN, "value")
    row.one_of(Number, "id")
    return NumberRule(row.origin(), row.whole("value", at_least=1))

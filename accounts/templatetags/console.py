"""Template tags of the console: states and quantities, the same in every page."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils.safestring import SafeString

from accounts.console import looks, quantities

register = template.Library()


@register.simple_tag
def state_badge(vocabulary: str, value: str, note: str = "") -> SafeString:
    return looks.badge(vocabulary, value, note)


@register.simple_tag
def icon(name: str) -> SafeString:
    return looks.icon(name)


@register.simple_tag(takes_context=True)
def offered_filters(context: Any, changelist: Any) -> Any:
    return changelist.model_admin.offered_filters(context["request"], changelist)


@register.simple_tag(takes_context=True)
def offered_columns(context: Any, changelist: Any) -> Any:
    return changelist.model_admin.offered_columns(context["request"])


@register.simple_tag
def tone_of(vocabulary: str, value: str) -> str:
    return looks.look_of(vocabulary, value).tone


@register.filter
def energy(energy_wh: float | None) -> str:
    return quantities.energy(energy_wh)


@register.filter
def power(power_w: float | None) -> str:
    return quantities.power(power_w)


@register.filter
def percent(value: float | None) -> str:
    return quantities.percent(value)


@register.filter
def number(value: float | None) -> str:
    return quantities.number(value)


@register.filter
def clock(length: timedelta | None) -> str:
    return quantities.clock(length)


@register.filter
def duration(seconds: float) -> str:
    return quantities.clock(timedelta(seconds=seconds))


@register.filter
def ago(at: datetime | None, zone_name: str = "UTC") -> str:
    return quantities.ago(at, zone_name)


@register.filter
def moment(at: datetime | None, zone_name: str = "UTC") -> str:
    return quantities.moment(at, zone_name)


@register.filter
def exact_time(at: datetime, zone_name: str = "UTC") -> str:
    return quantities.exact(at, zone_name)


@register.filter
def time_of_day(at: datetime, zone_name: str = "UTC") -> SafeString:
    return quantities.time_of_day(at, zone_name)


@register.filter
def lasting(begin: datetime, end: datetime) -> str:
    return quantities.span(end - begin)


@register.filter
def in_unit(value: float | None, unit: str) -> str:
    return quantities.number(value, unit, decimals=2)

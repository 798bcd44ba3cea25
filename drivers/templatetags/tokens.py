"""Template filters for tokens."""

from django import template

from drivers.masking import mask

register = template.Library()


@register.filter
def masked(value: object) -> str:
    return mask(str(value))

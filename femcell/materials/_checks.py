"""Checks of material data: each raises InputError in one sentence naming material, field and mend."""

import inspect
import math
from typing import Any

from femcell.checks import is_number
from femcell.errors import InputError
from femcell.materials.laws import evaluate


def require_text(kind: str, field: str, value: Any) -> None:
    """`value` must be a text that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{kind}: {field} must be a text that is not blank, but is {value!r}; give one.")


def require_number(
    owner: str,
    field: str,
    value: Any,
    unit: str,
    *,
    above: float = -math.inf,
    at_least: float = -math.inf,
    below: float = math.inf,
    at_most: float = math.inf,
) -> None:
    """`value` must be a finite number within the bounds."""
    inside = is_number(value) and math.isfinite(value) and above < value < below and at_least <= value <= at_most
    if not inside:
        named = {"above": above, "at least": at_least, "below": below, "at most": at_most}
        bounds = " and ".join(f"{word} {bound:g}" for word, bound in named.items() if math.isfinite(bound))
        wanted = f"a number {bounds}" if bounds else "a finite number"
        raise InputError(f"{owner}: {field} must be {wanted}, but is {value!r}; give it in {unit}.")


def require_in_plane_ratio(owner: str, ratio: Any, through: float) -> None:
    """Transport along a layer over that through it must be positive, and no better than in free electrolyte."""
    require_number(owner, "in_plane_transport_ratio", ratio, "1", above=0)
    if ratio * through > 1 + 1e-12:
        raise InputError(
            f"{owner}: in_plane_transport_ratio {ratio:g} makes transport along the layer better than in free "
            f"electrolyte; make it {1 / through:.3g} or less."
        )


def require_property(
    owner: str,
    field: str,
    prop: Any,
    unit: str,
    arguments: dict[str, float],
    *,
    above: float = -math.inf,
    at_least: float = -math.inf,
    below: float = math.inf,
) -> None:
    """`prop` must be a number or a law of the named arguments, within the bounds at their values."""
    signature = f"a function of ({', '.join(arguments)})"
    if not callable(prop):
        if not is_number(prop):
            raise InputError(f"{owner}: {field} must be a number in {unit} or {signature}, but is {prop!r}.")
        require_number(owner, field, prop, unit, above=above, at_least=at_least, below=below)
        return
    try:
        inspect.signature(prop).bind(*arguments.values())
    except TypeError:
        raise InputError(f"{owner}: {field} must be {signature}, but does not take these arguments.") from None
    except ValueError:  # a callable without a signature, as some built-ins are: nothing to compare
        return
    try:
        value = evaluate(prop, *arguments.values())
    except (TypeError, ValueError, AttributeError):
        return  # the law holds a constant or field of a model, which has no value here
    at = ", ".join(f"{name} = {number:g}" for name, number in arguments.items())
    require_number(owner, f"{field} at {at}", value, unit, above=above, at_least=at_least, below=below)

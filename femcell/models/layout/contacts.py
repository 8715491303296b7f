"""Regions that touch through a resistance: which of them share a field, and which have fields of their own."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from femcell.errors import InputError
from femcell.geometry import Geometry
from femcell.materials._checks import require_number

Pair = tuple[str, str]


def check_pairs(contacts: Iterable[Pair]) -> None:
    """Raise InputError unless every contact joins two, and each two once."""
    known: set[tuple[str, ...]] = set()
    names: Any
    for names in contacts:
        if not (isinstance(names, tuple) and len(names) == 2):
            raise InputError(f"A contact joins two by their names, as ('a', 'b'), not {names!r}.")
        a, b = names
        if a == b:
            raise InputError(f"'{a}' is in contact with itself; name two.")
        pair = tuple(sorted((a, b)))
        if pair in known:
            raise InputError(f"The contact of '{a}' and '{b}' is given twice; give it once.")
        known.add(pair)


def require_resistance(pair: Pair, resistance: float) -> None:
    """Raise InputError unless it is the electrical resistance of a contact, Ohm m2."""
    require_number(f"contact {pair}", "resistance", resistance, "Ohm m2", above=0)


def bodies(geometry: Geometry, regions: Collection[str], contacts: Collection[Pair]) -> tuple[tuple[str, ...], ...]:
    """Those of some regions that touch without a resistance, and so share one field.

    Raises:
        InputError: a contact names no region, regions that do not touch, or two that others join without one.
    """
    check_pairs(contacts)
    apart = {tuple(sorted(pair)) for pair in contacts}
    groups = [{name} for name in regions]
    for a, b in geometry.summary.interfaces:
        if (a, b) not in apart and a in regions and b in regions:
            first, second = (next(g for g in groups if name in g) for name in (a, b))
            if first is not second:
                first |= second
                groups.remove(second)
    for a, b in sorted(apart):
        geometry.require_regions((a, b), "A contact")
        if (a, b) not in geometry.summary.interfaces:
            raise InputError(f"Regions '{a}' and '{b}' have a contact resistance, but do not touch; leave it out.")
        if any({a, b} <= group for group in groups):
            raise InputError(f"Regions '{a}' and '{b}' have a contact resistance, but others join them without one.")
    order = {name: i for i, name in enumerate(geometry.regions)}
    return tuple(tuple(sorted(group, key=order.__getitem__)) for group in groups)


def potentials(
    geometry: Geometry, solids: tuple[str, ...], active: Collection[str], contacts: Mapping[Pair, float]
) -> dict[str, tuple[str, ...]]:
    """Potential -> the solid regions that it lives on.

    All active materials are in `phi_s`, which is the only one where there are no contacts. Regions on the two sides of
    a contact are in two potentials: what touches active material through one is in `phi_s_2`.

    Raises:
        InputError: see `bodies`; or no resistance, a region that is no solid, or active materials that are parted.
    """
    if not contacts:
        return {"phi_s": solids}
    for pair, resistance in contacts.items():
        require_resistance(pair, resistance)
        for name in pair:
            geometry.require_regions((name,), "A contact")
            if name not in solids:
                raise InputError(f"Region '{name}' has an electrical contact, but conducts no electrons; leave it out.")
    apart = {frozenset(pair) for pair in contacts}
    fields: list[list[str]] = []
    for body in sorted(bodies(geometry, solids, contacts), key=lambda body: not set(body) & set(active)):
        free = (f for f in fields if not any(frozenset((a, b)) in apart for a in f for b in body))
        field = next(free, None)
        if field is None:
            fields.append(list(body))
        else:
            field += body
    beyond = [name for field in fields[1:] for name in field if name in active]
    if beyond:
        raise InputError(
            f"A contact parts '{beyond[0]}' from other active material; only those between a collector and what it "
            "carries, and between collectors, can be resistances."
        )
    return {f"phi_s_{i}" if i > 1 else "phi_s": tuple(field) for i, field in enumerate(fields, 1)}

"""From the tables [materials.NAME] of a study to materials of the user's own.

Tables in CSV files are read with the study, whose stored form holds their points: a run is resumed with what it was
started with, wherever the files have gone.
"""

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from femcell.checks import is_number, told
from femcell.errors import InputError
from femcell.files import expand
from femcell.materials import ActiveMaterial, Electrolyte, Metal, PorousSeparator
from femcell.materials.formulas import Bounds, Formula
from femcell.materials.functions import LATTICE, SALT_CHECKED, NamedLaw, require_range
from femcell.materials.laws import REFERENCE_TEMPERATURE, Expression, Property
from femcell.materials.tables import Table, table_from_csv
from femcell.study.libraries import ELECTROLYTES, MATERIALS, at, hint, named, properties
from femcell.study.mechanical import MECHANICAL, deforming
from femcell.study.tables import MaterialTable, PointsTable

type Own = ActiveMaterial | PorousSeparator | Metal | Electrolyte

KINDS: Mapping[str, type[Own]] = {
    "active": ActiveMaterial,
    "separator": PorousSeparator,
    "metal": Metal,
    "electrolyte": Electrolyte,
}
"""What a material of a study may be."""

LAWS: Mapping[type[Own], Mapping[str, tuple[str, ...]]] = {
    ActiveMaterial: {
        "diffusivity": ("c_s", "T"),
        "open_circuit_potential": ("x", "T"),
        "exchange_current_density": ("c_e", "c_s", "c_s_max", "T"),
        "entropic_coefficient": ("x",),
    },
    Electrolyte: dict.fromkeys(
        ("diffusivity", "conductivity", "transference_number", "thermodynamic_factor"), ("c_e", "T")
    ),
}
"""Properties that may be formulas or tables, and what the law is called with."""

MOST_POINTS = 10_000
"""Of all tables of a study, which the output folder keeps."""

SALT_AT_SURFACES = 1000.0
"""mol/m3; at which exchange currents are checked."""


def with_points(tables: Mapping[str, MaterialTable], root: Path) -> dict[str, MaterialTable]:
    """The materials with the points of their CSV files in the place of the files' names; call it on one rank.

    Raises:
        InputError: a table names no kind, or a file holds no table of an argument of the property.
    """
    found, points = {}, 0
    for name, table in tables.items():
        laws = LAWS.get(_kind(name, table), {})
        read = {}
        for key, value in _given(table).items():
            if isinstance(value, str) and value.lower().endswith(".csv") and key in laws:
                with at(f"[materials.{name}] {key}"):
                    argument, curve = table_from_csv(root / expand(value), _takes(laws[key]))
                read[key] = value = PointsTable(argument=argument, at=list(curve.x), values=list(curve.y))
            points += len(value.at) if isinstance(value, PointsTable) else 0
        found[name] = table.model_copy(update=read)
    if points > MOST_POINTS:
        raise InputError(
            f"[materials]: the tables have {points} points, but at most {MOST_POINTS} are kept; thin them."
        )
    return found


def own_materials(tables: Mapping[str, MaterialTable]) -> dict[str, Own]:
    """The materials by name.

    Raises:
        InputError: a table describes none.
    """
    return {name: _own(name, table) for name, table in tables.items()}


def _given(table: MaterialTable) -> Mapping[str, float | str | PointsTable]:
    return table.model_extra or {}


def _takes(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """What a formula or table of a law may be of."""
    return (*arguments, "x") if "c_s" in arguments else arguments


def _base(name: str, table: MaterialTable) -> Own | None:
    """The library material that it starts from; None without one."""
    place = f"[materials.{name}]"
    if (table.base is None) == (table.kind is None):
        both = "both kind and base" if table.kind else "neither kind nor base"
        raise InputError(f"{place} gives {both}; give one of them.")
    if table.base is None:
        return None
    base = named({**MATERIALS, **ELECTROLYTES}, table.base, f"{place} base")
    if not isinstance(base, ActiveMaterial | PorousSeparator | Metal | Electrolyte):
        raise InputError(f"{place} base: '{table.base}' is an electrode, not a material; name one of its materials.")
    return base


def _kind(name: str, table: MaterialTable) -> type[Own]:
    base = _base(name, table)
    return KINDS[table.kind or ""] if base is None else type(base)


def _own(name: str, table: MaterialTable) -> Own:
    place = f"[materials.{name}]"
    if name in MATERIALS or name in ELECTROLYTES:
        raise InputError(f"{place}: the library has a material of that name; choose another.")
    base, kind, given = _base(name, table), _kind(name, table), _given(table)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    known = properties(kind) + list(MECHANICAL if "mechanical" in fields else ())
    for key in given:
        if key not in known:
            raise InputError(f"{place}: there is no property '{key}'; {hint(key, known, 'known:')}")
    needed = [key for key, f in fields.items() if f.default is dataclasses.MISSING and key not in ("name", "source")]
    missing = [key for key in needed if key not in given]
    if base is None and missing:
        raise InputError(f"{place}: {missing[0]} is missing; one of kind '{table.kind}' needs {', '.join(needed)}.")
    if base is None and table.source is None:
        raise InputError(f"{place}: source is missing; say where the data are from.")
    sites = given.get("maximum_concentration", getattr(base, "maximum_concentration", None))
    c_max = float(sites) if is_number(sites) else math.nan
    laws = LAWS.get(kind, {})
    changes = {key: _property(f"{place} {key}", value, laws.get(key), c_max) for key, value in given.items()}
    with at(place):
        mechanical = {key: changes.pop(key) for key in MECHANICAL if key in changes}
        if mechanical:
            changes["mechanical"] = deforming(getattr(base, "mechanical", None), mechanical)  # type: ignore[arg-type,assignment]
        if base is None:
            made = kind(name=name, source=table.source, **changes)  # type: ignore[arg-type]
        else:
            source = table.source or f"{base.source}; changed in the study"
            made = dataclasses.replace(base, name=name, source=source, **changes)  # type: ignore[arg-type]
    require_ranges(place, made)
    return made


def _property(
    place: str, value: float | str | PointsTable, arguments: tuple[str, ...] | None, c_max: float
) -> Property:
    """The number or law that a key stands for."""
    if is_number(value):
        return float(value)
    if arguments is None:
        what = "a table" if isinstance(value, PointsTable) else told(value)
        raise InputError(f"{place} must be a number in SI units, not {what}.")
    takes = _takes(arguments)
    with at(place):
        if isinstance(value, PointsTable):
            if value.argument not in takes:
                raise InputError(
                    f"a table is of {' or '.join(takes)}, not of '{value.argument}'; name its argument so."
                )
            table = Table(tuple(value.at), tuple(value.values))
            if table.x != tuple(value.at):
                raise InputError(f"{value.argument} must rise in a table; sort its points.")
            return NamedLaw(table, (value.argument,), arguments, c_max)
        solid = tuple(bound * c_max for bound in LATTICE)
        bounds: Mapping[str, Bounds] = {"x": LATTICE, "c_s": (solid[0], solid[1])}
        return NamedLaw(Formula(str(value), takes, tuple(map(bounds.get, takes))), takes, arguments, c_max)


def has_laws_of_sites(material: object) -> bool:
    """Whether a law of the study is of the maximum concentration that its material was defined with."""
    return any("c_s" in getattr(material, key).arguments for key in _laws(material))


def _laws(material: object) -> list[str]:
    """Names of the properties that are laws of the study."""
    possible = {key for laws in LAWS.values() for key in laws}
    return sorted(key for key in possible if isinstance(getattr(material, key, None), NamedLaw))


def require_ranges(place: str, material: object) -> None:
    """The study's laws must hold where the material is used: in its window, or around its concentration of salt.

    Raises:
        InputError: one has no value there, or none above zero where it must be.
    """
    T = REFERENCE_TEMPERATURE
    for key in _laws(material):
        law = getattr(material, key)
        if isinstance(material, ActiveMaterial):
            c_max = material.maximum_concentration
            ends = material.stoichiometry_full_charge, material.stoichiometry_full_discharge
            points = np.clip(np.linspace(min(ends), max(ends), 201), *LATTICE)
            fixed = {"c_e": SALT_AT_SURFACES, "c_s_max": c_max, "T": T}

            def value(x: float, law: NamedLaw = law, fixed: Mapping[str, float] = fixed) -> Expression:
                names = {**fixed, "x": x, "c_s": x * fixed["c_s_max"]}
                return law(*(names[name] for name in law.arguments))

            positive = key in ("diffusivity", "exchange_current_density")
            require_range(f"{place} {key}", value, "x", points, positive)
        elif isinstance(material, Electrolyte):
            points = material.initial_concentration * np.linspace(*SALT_CHECKED, 21)
            require_range(
                f"{place} {key}", lambda c, law=law: law(c, T), "c_e", points, positive=key != "transference_number"
            )

"""From BPX files to cells."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from femcell.checks import is_number, told
from femcell.errors import InputError
from femcell.files import expand
from femcell.kinds import arguments_of_their_kind
from femcell.materials.active import ActiveMaterial
from femcell.materials.bpx.file import bpx_package, checked, load, placed
from femcell.materials.bpx.laws import PotentialLaw, RateLaw, SaltLaw, SolidLaw
from femcell.materials.bpx.state import Window
from femcell.materials.cell import Cell, Electrode, Particles
from femcell.materials.electrolyte import Electrolyte
from femcell.materials.formulas import Formula
from femcell.materials.functions import LATTICE, SALT_CHECKED, Function, require_range
from femcell.materials.laws import REFERENCE_TEMPERATURE
from femcell.materials.porous import PorousSeparator
from femcell.materials.tables import Table


@arguments_of_their_kind()
def read_bpx(path: str | Path, *, state_of_charge: float | None = None) -> Cell:
    """The cell that a BPX file describes.

    Any property may be a number, a formula or a table. All are taken as BPX defines them: activated properties
    with exp(E/R (1/T_ref - 1/T)), potentials with (T - T_ref) dU/dT, exchange currents as
    F K sqrt(c_e/c_0 x (1 - x)), and the conductivity of an electrode as that of the layer. A table becomes a smooth
    curve through its points (`tables.Table`). The fraction of an active material is a R / 3, with its surface
    a per volume and its radius R; the thermodynamic factor of the electrolyte is 1. A blended electrode becomes
    several `Electrode.particles`. The area of the cell is that of all its electrode pairs. What is only about heat,
    validation or wear has no place in a `Cell` and is left out, as are the two branches of a hysteresis.

    The cell starts at the stoichiometries that belong to `state_of_charge` between its voltage limits, with the
    lithium that the file's stoichiometries at full charge stand for: see `state.Window`.

    Args:
        path: JSON, or YAML where the name ends in .yml or .yaml.
        state_of_charge: at the start, from 0 to 1; left out, that of the file, or else 1.

    Raises:
        InputError: the package `bpx` is missing; the file cannot be read, is not BPX, describes no full cell with
            electrolyte, or holds a function that leaves its range.
    """
    package, path = bpx_package(), expand(path)
    content = load(path)
    try:
        values, remarks = checked(package, content)
        cell = _cell(values, path.name, state_of_charge)
    except InputError as fault:
        raise InputError(f"{path}: {fault}") from None
    for remark in remarks:
        warnings.warn(f"{path}: {remark}", UserWarning, stacklevel=2)
    return cell


@dataclass(frozen=True)
class _Section:
    """One section of the file and its place in it."""

    place: str
    values: Mapping[str, Any]

    def number(self, name: str, default: float | None = None) -> float:
        """A value that is a number."""
        value = self.values.get(name, default)
        if not is_number(value) or not np.isfinite(value):
            raise InputError(f"{self.place} / {name} is {told(value)}; give a finite number.")
        return float(value)

    def positive(self, name: str, default: float | None = None) -> float:
        """A number above zero."""
        value = self.number(name, default)
        if value <= 0:
            raise InputError(f"{self.place} / {name} is {value:g}; give it above 0.")
        return value

    def function(self, name: str, within: tuple[float, float] | None = None, default: float | None = None) -> Function:
        """A value that is a number, a formula or a table."""
        value = self.values.get(name, default)
        if isinstance(value, str):
            return placed(f"{self.place} / {name}", Formula, str(value), ("x",), (within,))
        if isinstance(value, dict):
            return placed(f"{self.place} / {name}", Table, tuple(value["x"]), tuple(value["y"]))
        return self.number(name, default)

    def require_range(self, name: str, function: Function, points: np.ndarray, positive: bool = True) -> None:
        """The function must be finite, and above zero if `positive`, at the points."""
        require_range(f"{self.place} / {name}", function, "x", points, positive)


def _cell(values: dict[str, Any], file: str, state_of_charge: float | None) -> Cell:
    header, parameters = values["Header"], values["Parameterisation"]
    for name in ("Cell", "Electrolyte", "Separator", "Negative electrode", "Positive electrode"):
        if name not in parameters:
            kind = "half cells" if "electrode" in name else f"models of kind {header['Model']}"
            raise InputError(f"it has no {name}, as in {kind}; a Cell needs two porous electrodes, separator and salt.")
    state = values.get("State", {})
    initial = _Section("State / Initial conditions", state.get("Initial conditions", {}))
    section = _Section("Cell", parameters["Cell"])
    title = header.get("Title") or Path(file).stem
    source = header.get("References") or header.get("Description") or f"BPX file {file}"
    T_ref = section.positive("Reference temperature [K]", REFERENCE_TEMPERATURE)
    salt = initial.positive("Initial electrolyte concentration [mol.m-3]", 1000.0)
    at_full = [
        _electrode(_Section(name, parameters[name]), T_ref, salt, source)
        for name in ("Negative electrode", "Positive electrode")
    ]
    lower, upper = section.number("Lower voltage cut-off [V]"), section.number("Upper voltage cut-off [V]")
    if state_of_charge is None:
        state_of_charge = initial.number("Initial state-of-charge", 1.0)
    if not 0 <= state_of_charge <= 1:
        raise InputError(f"the state of charge must be from 0 to 1, but is {state_of_charge!r}; mend it.")
    window = Window.of(at_full[0], at_full[1], lower, upper, T_ref)
    negative, positive = (
        _started(electrode, start)
        for electrode, start in zip(at_full, window.stoichiometries(state_of_charge), strict=True)
    )
    pairs = section.values["Number of electrode pairs connected in parallel to make a cell"]
    layer = _Section("Separator", parameters["Separator"])
    return Cell(
        name=title,
        electrolyte=_electrolyte(_Section("Electrolyte", parameters["Electrolyte"]), T_ref, salt, title, source),
        negative=negative,
        separator=_separator(layer, title, source),
        positive=positive,
        separator_thickness=layer.number("Thickness [m]"),
        area=section.number("Electrode area [m2]") * pairs,
        electrode_pairs=pairs,
        nominal_ampere_hours=section.number("Nominal cell capacity [A.h]"),
        lower_voltage=lower,
        upper_voltage=upper,
        reference_temperature=T_ref,
        initial_temperature=initial.number("Initial temperature [K]", T_ref),
        source=source,
    )


def _started(electrode: Electrode, stoichiometries: tuple[float, ...]) -> Electrode:
    """The electrode with these stoichiometries at the start."""
    particles = (
        replace(p, active=replace(p.active, initial_stoichiometry=x))
        for p, x in zip(electrode.particles, stoichiometries, strict=True)
    )
    return replace(electrode, particles=tuple(particles))


def _electrolyte(section: _Section, T_ref: float, salt: float, title: str, source: str) -> Electrolyte:
    points = salt * np.linspace(*SALT_CHECKED, 21)
    properties = {}
    for field, name, unit in (("diffusivity", "Diffusivity", "m2.s-1"), ("conductivity", "Conductivity", "S.m-1")):
        function = section.function(f"{name} [{unit}]")
        section.require_range(f"{name} [{unit}]", function, points)
        energy = section.number(f"{name} activation energy [J.mol-1]", 0.0)
        plain = isinstance(function, float) and energy == 0
        properties[field] = function if plain else SaltLaw(function, energy, T_ref)
    return Electrolyte(
        name=f"electrolyte of {title}",
        transference_number=section.number("Cation transference number"),
        initial_concentration=salt,
        source=source,
        **properties,
    )


def _separator(section: _Section, title: str, source: str) -> PorousSeparator:
    porosity, efficiency = section.number("Porosity"), section.number("Transport efficiency")
    if not 0 < efficiency <= porosity:
        raise InputError(
            f"Separator / Transport efficiency is {efficiency:g}, but must be above 0 and at most the porosity of "
            f"{porosity:g}; mend one of them."
        )
    return PorousSeparator(
        name=f"separator of {title}", porosity=porosity, tortuosity_factor=porosity / efficiency, source=source
    )


def _electrode(section: _Section, T_ref: float, salt: float, source: str) -> Electrode:
    sign = section.place.split()[0].lower()
    conductivity = section.number("Conductivity [S.m-1]")
    blend = section.values.get("Particle")
    materials = (
        {f"{sign} active material": section}
        if blend is None
        else {name: _Section(f"{section.place} / Particle / {name}", values) for name, values in blend.items()}
    )
    return Electrode(
        particles=tuple(
            _particles(name, part, sign == "negative", conductivity, T_ref, salt, source)
            for name, part in materials.items()
        ),
        thickness=section.number("Thickness [m]"),
        porosity=section.number("Porosity"),
        transport_factor=section.number("Transport efficiency"),
        bruggeman_solid=0.0,
        conductivity=conductivity,
    )


def _particles(
    name: str, section: _Section, negative: bool, conductivity: float, T_ref: float, salt: float, source: str
) -> Particles:
    low, high = section.number("Minimum stoichiometry"), section.number("Maximum stoichiometry")
    if not 0 <= low < high <= 1:
        raise InputError(
            f"{section.place} / Minimum stoichiometry is {low:g} and the maximum {high:g}; give limits from 0 to 1, "
            "the minimum below the maximum."
        )
    c_max, radius = section.positive("Maximum concentration [mol.m-3]"), section.positive("Particle radius [m]")
    points = np.linspace(low, high, 201)
    diffusivity = section.function("Diffusivity [m2.s-1]", LATTICE)
    potential = section.function("OCP [V]", LATTICE)
    entropic = section.function("Entropic change coefficient [V.K-1]", LATTICE, 0.0)
    section.require_range("Diffusivity [m2.s-1]", diffusivity, points)
    section.require_range("OCP [V]", potential, points, positive=False)
    section.require_range("Entropic change coefficient [V.K-1]", entropic, points, positive=False)
    energy = section.number("Diffusivity activation energy [J.mol-1]", 0.0)
    rate = section.positive("Reaction rate constant [mol.m-2.s-1]")
    active = ActiveMaterial(
        name=name,
        maximum_concentration=c_max,
        diffusivity=diffusivity
        if isinstance(diffusivity, float) and energy == 0
        else SolidLaw(diffusivity, c_max, energy, T_ref),
        conductivity=conductivity,
        open_circuit_potential=PotentialLaw(potential, entropic, T_ref),
        exchange_current_density=RateLaw(
            rate, salt, section.number("Reaction rate constant activation energy [J.mol-1]", 0.0), T_ref
        ),
        stoichiometry_full_charge=high if negative else low,
        stoichiometry_full_discharge=low if negative else high,
        initial_stoichiometry=0.5 * (low + high),
        entropic_coefficient=entropic,
        source=source,
    )
    fraction = section.number("Surface area per unit volume [m-1]") * radius / 3
    return Particles(active=active, active_fraction=fraction, radius=radius)

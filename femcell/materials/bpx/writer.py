"""Cells written as BPX files."""

import copy
import json
import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import ufl

from femcell.constants import FARADAY, GAS_CONSTANT
from femcell.errors import InputError
from femcell.files import expand
from femcell.kinds import arguments_of_their_kind
from femcell.materials.active import ActiveMaterial
from femcell.materials.bpx.file import bpx_package, checked
from femcell.materials.bpx.laws import PotentialLaw, RateLaw, SaltLaw, SolidLaw
from femcell.materials.bpx.state import Window
from femcell.materials.cell import Cell, Electrode, Particles
from femcell.materials.formulas import Formula
from femcell.materials.functions import Function
from femcell.materials.laws import Expression, Property, evaluate
from femcell.materials.porous import PorousSeparator
from femcell.materials.tables import Table, tabulate

SALT_TABULATED = (0.01, 3.0)
"""Span of salt concentrations in tables, over the initial concentration."""

EXACT = 1e-9
"""Relative deviation below which two values count as one."""


@arguments_of_their_kind()
def write_bpx(cell: Cell, path: str | Path) -> None:
    """Write the cell as a BPX file, JSON, version 1, for the DFN.

    What came from a BPX file is written as it stood there. Other laws become formulas where they are made of
    + - * / ** exp tanh cosh; the rest are tabulated at the reference temperature, densely enough for 1e-6 of the
    value between the points as `read_bpx` joins them (other readers join them by straight lines). The tables span
    the window of stoichiometry and nine tenths of what lies on either side of it, and 1 % to 300 % of the initial
    salt concentration.

    BPX knows one activation energy per property, a constant transference number, and no thermodynamic factor or
    double layer; where the cell has more, the file holds the values at the reference temperature and the initial
    concentration, and one warning says what was left out. A surface of particles that is not that of spheres is put
    into the reaction rate, whose product with the surface stays.

    Raises:
        InputError: the package `bpx` is missing, the cell cannot be put into BPX (an exchange current of another
            form, transfer coefficients other than one half, graded electrodes, transport that differs along a layer),
            or the file cannot be written.
    """
    package, path = bpx_package(), expand(path)
    writer = _Writer(cell)
    try:
        content = writer.content(package.__version__)
        checked(package, copy.deepcopy(content))
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    except InputError as fault:
        raise InputError(f"{path}: {fault}") from None
    except TypeError:
        raise InputError(f"{path}: a law holds a constant or field of a model; give laws that have values.") from None
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise InputError(f"{path} cannot be written ({fault.strerror}); give another path.") from None
    if writer.losses:
        warnings.warn(
            f"{path} is without {'; '.join(writer.losses)}, as BPX cannot hold it.", UserWarning, stacklevel=2
        )


class _Writer:
    """One cell on its way into a file; `losses` gathers what the file cannot hold."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.T_ref = cell.reference_temperature
        self.losses: list[str] = []

    def content(self, version: str) -> dict[str, Any]:
        """The file as a dictionary."""
        cell = self.cell
        self._require_isotropic("the separator", cell.separator)
        return {
            "Header": {"BPX": version, "Title": cell.name, "References": cell.source, "Model": "DFN"},
            "Parameterisation": {
                "Cell": {
                    "Electrode area [m2]": cell.area / cell.electrode_pairs,
                    "Number of electrode pairs connected in parallel to make a cell": cell.electrode_pairs,
                    "Nominal cell capacity [A.h]": cell.nominal_ampere_hours,
                    "Lower voltage cut-off [V]": cell.lower_voltage,
                    "Upper voltage cut-off [V]": cell.upper_voltage,
                    "Reference temperature [K]": self.T_ref,
                },
                "Electrolyte": self._electrolyte(),
                "Negative electrode": self._electrode(cell.negative),
                "Positive electrode": self._electrode(cell.positive),
                "Separator": {
                    "Thickness [m]": cell.separator_thickness,
                    "Porosity": cell.separator.porosity,
                    "Transport efficiency": cell.separator.transport_factor,
                },
            },
            "State": {
                "Initial conditions": {
                    "Initial state-of-charge": self._state_of_charge(),
                    "Initial temperature [K]": cell.initial_temperature,
                    "Initial electrolyte concentration [mol.m-3]": cell.electrolyte.initial_concentration,
                },
            },
        }

    def _state_of_charge(self) -> float:
        cell = self.cell
        window = Window.of(cell.negative, cell.positive, cell.lower_voltage, cell.upper_voltage, self.T_ref)
        starts = [tuple(p.active.initial_stoichiometry for p in e.particles) for e in (cell.negative, cell.positive)]
        share = min(max(window.state_of_charge(starts[0]), 0.0), 1.0)
        if not np.allclose(sum(window.stoichiometries(share), ()), sum(starts, ()), rtol=0, atol=1e-6):
            self.losses.append("the initial stoichiometries (their lithium is not that of full charge)")
        return share

    def _electrolyte(self) -> dict[str, Any]:
        electrolyte = self.cell.electrolyte
        salt = electrolyte.initial_concentration
        values: dict[str, Any] = {"Cation transference number": self._fixed("transference_number")}
        if abs(self._fixed("thermodynamic_factor") - 1) > EXACT:
            self.losses.append("the thermodynamic factor")
        low, high = (share * salt for share in SALT_TABULATED)
        for name, unit, prop in (
            ("Diffusivity", "m2.s-1", electrolyte.diffusivity),
            ("Conductivity", "S.m-1", electrolyte.conductivity),
        ):
            label = f"{name.lower()} of the electrolyte"
            function, energy = self._activated(label, prop, 1.0, low, high)
            _put(values, name, unit, function, energy)
        return values

    def _fixed(self, field: str) -> float:
        """A property of the electrolyte at the reference temperature and the initial concentration."""
        prop, salt = getattr(self.cell.electrolyte, field), self.cell.electrolyte.initial_concentration
        value = evaluate(prop, salt, self.T_ref)
        others = [evaluate(prop, 0.5 * salt, self.T_ref), evaluate(prop, salt, self.T_ref + 20)]
        if not np.allclose(others, value, rtol=EXACT):
            self.losses.append(f"the variation of the {field.replace('_', ' ')}")
        return float(value)

    def _electrode(self, electrode: Electrode) -> dict[str, Any]:
        if electrode.graded:
            raise InputError(f"the electrode of {electrode.active.name!r} is graded, which BPX cannot say.")
        self._require_isotropic(f"the electrode of {electrode.active.name!r}", electrode)
        values: dict[str, Any] = {
            "Thickness [m]": electrode.thickness,
            "Porosity": electrode.porosity,
            "Transport efficiency": electrode.electrolyte_transport_factor,
            "Conductivity [S.m-1]": electrode.effective_conductivity,
        }
        parts = [self._particles(p) for p in electrode.particles]
        if len(parts) == 1:
            return values | parts[0]
        names = [p.active.name for p in electrode.particles]
        names = [name if names.count(name) == 1 else f"{name} {i}" for i, name in enumerate(names, start=1)]
        return values | {"Particle": dict(zip(names, parts, strict=True))}

    def _require_isotropic(self, owner: str, layer: Electrode | PorousSeparator) -> None:
        for name in ("in_plane_transport_ratio", "in_plane_conductivity_ratio"):
            ratio = getattr(layer, name, 1.0)
            if ratio != 1.0:
                raise InputError(f"{owner} has an {name} of {ratio:g}, and BPX knows only 1.")

    def _particles(self, particles: Particles) -> dict[str, Any]:
        active = particles.active
        low, high = sorted((active.stoichiometry_full_charge, active.stoichiometry_full_discharge))
        span = 0.1 * low, 1 - 0.1 * (1 - high)
        surface = 3 * particles.active_fraction / particles.radius
        values: dict[str, Any] = {
            "Particle radius [m]": particles.radius,
            "Surface area per unit volume [m-1]": surface,
            "Minimum stoichiometry": low,
            "Maximum stoichiometry": high,
            "Maximum concentration [mol.m-3]": active.maximum_concentration,
        }
        label = f"diffusivity of {active.name!r}"
        function, energy = self._activated(label, active.diffusivity, active.maximum_concentration, *span)
        _put(values, "Diffusivity", "m2.s-1", function, energy)
        potential, entropic = self._potential(active, *span)
        values["OCP [V]"] = _stored(potential)
        if entropic != 0:
            values["Entropic change coefficient [V.K-1]"] = _stored(entropic)
        rate, energy = self._rate(active)
        _put(values, "Reaction rate constant", "mol.m-2.s-1", rate * (particles.specific_surface / surface), energy)
        if active.double_layer_capacitance:
            self.losses.append(f"the double layer of {active.name!r}")
        return values

    def _activated(
        self, label: str, prop: Property, unit: float, low: float, high: float
    ) -> tuple[Function, float | None]:
        """A property of (amount, T): its function of amount / unit at the reference temperature, and its energy."""
        if not callable(prop):
            return float(prop), None
        known = isinstance(prop, SaltLaw) or (isinstance(prop, SolidLaw) and prop.maximum_concentration == unit)
        if known and prop.reference_temperature == self.T_ref:  # type: ignore[attr-defined]
            return prop.function, prop.activation_energy or None  # type: ignore[attr-defined]
        points = [unit * x for x in np.linspace(low, high, 5).tolist()]
        energy = self._energy(label, [lambda T, c=c: evaluate(prop, c, T) for c in points])  # type: ignore[misc]
        return _function(label, lambda x: prop(unit * x, self.T_ref), low, high), energy

    def _energy(self, label: str, laws: list[Callable[[float], float]]) -> float | None:
        """The one activation energy of laws of temperature."""
        T_ref, temperatures = self.T_ref, (self.T_ref + 20, self.T_ref - 15)
        values = [[law(T_ref), *map(law, temperatures)] for law in laws]
        if not min(map(min, values)) > 0:
            raise InputError(f"the {label} is not above zero everywhere; give it as a law that is.")
        energies = [
            GAS_CONSTANT * math.log(value / at_reference) / (1 / T_ref - 1 / T)
            for at_reference, *others in values
            for T, value in zip(temperatures, others, strict=True)
        ]
        if max(map(abs, energies)) < 1e-6:
            return None
        if not np.allclose(energies, energies[0], rtol=1e-6):
            self.losses.append(f"the variation of the {label} with temperature")
            return None
        return float(np.mean(energies))

    def _potential(self, active: ActiveMaterial, low: float, high: float) -> tuple[Function, Function]:
        law, slope = active.open_circuit_potential, active.entropic_coefficient
        if isinstance(law, PotentialLaw) and law.reference_temperature == self.T_ref:
            return law.function, law.entropic_coefficient
        label = f"open-circuit potential of {active.name!r}"
        for x in np.linspace(low, high, 5).tolist():
            change = evaluate(law, x, self.T_ref + 20) - evaluate(law, x, self.T_ref)
            if not math.isclose(change, 20 * evaluate(slope, x), rel_tol=1e-6, abs_tol=1e-9):
                self.losses.append(f"the variation of the {label} with temperature beyond its entropic coefficient")
                break
        potential = _function(label, lambda x: law(x, self.T_ref), low, high) if callable(law) else float(law)
        if not callable(slope) or isinstance(slope, Formula | Table):
            return potential, slope
        return potential, _function(f"entropic coefficient of {active.name!r}", slope, low, high)

    def _rate(self, active: ActiveMaterial) -> tuple[float, float | None]:
        """The normalised rate constant and its activation energy."""
        law, c_max = active.exchange_current_density, active.maximum_concentration
        salt = self.cell.electrolyte.initial_concentration
        if {active.anodic_transfer_coefficient, active.cathodic_transfer_coefficient} != {0.5}:
            raise InputError(
                f"active material {active.name!r} has transfer coefficients other than 0.5, which BPX has no place "
                "for; set both to 0.5."
            )
        if isinstance(law, RateLaw) and law.reference_temperature == self.T_ref:
            return law.rate * math.sqrt(salt / law.salt_concentration), law.activation_energy or None
        rate = 2 * evaluate(law, salt, 0.5 * c_max, c_max, self.T_ref) / FARADAY
        for share, x in ((0.4, 0.2), (1.6, 0.9)):
            expected = FARADAY * rate * math.sqrt(share * x * (1 - x))
            if not math.isclose(evaluate(law, share * salt, x * c_max, c_max, self.T_ref), expected, rel_tol=1e-6):
                raise InputError(
                    f"active material {active.name!r} has an exchange current that does not go with "
                    "sqrt(c_e c_s (c_max - c_s)), which BPX has no place for; give it one of that form."
                )
        label = f"exchange current of {active.name!r}"
        return rate, self._energy(label, [lambda T: evaluate(law, salt, 0.5 * c_max, c_max, T)])


def _put(values: dict[str, Any], name: str, unit: str, function: Function, energy: float | None) -> None:
    values[f"{name} [{unit}]"] = _stored(function)
    if energy is not None:
        values[f"{name} activation energy [J.mol-1]"] = energy


def _stored(function: Function) -> float | str | dict[str, list[float]]:
    """The function as a BPX file holds it."""
    match function:
        case Formula(source=source):
            return source
        case Table(x=x, y=y):
            return {"x": list(x), "y": list(y)}
        case _:
            return float(function)


def _function(label: str, law: Callable[[Expression], Expression], low: float, high: float) -> Function:
    """A law of one variable as a number, a formula, or else a table."""

    def value(x: float) -> float:
        return float(law(x))

    points = np.linspace(low, high, 41).tolist()
    wanted = [value(x) for x in points]
    if len(set(wanted)) == 1:
        return wanted[0]
    formula = _formula(law)
    if formula is not None and np.allclose([formula(x) for x in points], wanted, rtol=1e-12):
        return formula
    try:
        return tabulate(value, low, high)
    except InputError as fault:
        raise InputError(f"the {label} cannot be tabulated: {fault}; give it as a smooth law.") from None


def _formula(law: Callable[[Expression], Expression]) -> Formula | None:
    """The law as a formula of x, or None where it holds something that BPX has no word for."""
    try:
        return Formula(_text(ufl.as_ufl(law(ufl.variable(ufl.as_ufl(0.5))))))
    except (TypeError, ValueError, InputError):
        return None


def _text(node: Any) -> str:
    """A UFL expression in Python's syntax; ValueError for what BPX has no word for."""
    operands = node.ufl_operands
    match type(node).__name__:
        case "Variable":
            return "x"
        case "FloatValue" | "IntValue" | "Zero" | "ScalarValue":
            value = float(node)
            return repr(value) if value >= 0 else f"({value!r})"
        case "Sum" | "Product" | "Division" | "Power" as kind:
            sign = {"Sum": " + ", "Product": " * ", "Division": " / ", "Power": " ** "}[kind]
            return f"({sign.join(map(_text, operands))})"
        case "Exp" | "Tanh" | "Cosh" as kind:
            return f"{kind.lower()}({_text(operands[0])})"
        case "Sqrt":
            return f"({_text(operands[0])} ** 0.5)"
        case "MaxValue" if type(operands[0]).__name__ == "Variable":
            return "x"  # a floor that keeps roots real; where it were more, the values would differ
        case kind:
            raise ValueError(kind)

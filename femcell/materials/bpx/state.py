"""States of charge of a cell at rest: stoichiometries between two voltage limits at a fixed amount of lithium."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from femcell.errors import InputError
from femcell.materials.cell import Electrode
from femcell.materials.laws import evaluate

_MARGIN = 1e-6
"""Stoichiometry kept from the empty and the full lattice."""


@dataclass(frozen=True)
class _Host:
    """One electrode at rest: what its materials hold when they have one potential between them."""

    sites: tuple[float, ...]
    potentials: tuple[Callable[[float], float], ...]

    @classmethod
    def of(cls, electrode: Electrode, T: float) -> "_Host":
        """The electrode per area, at temperature T (K)."""

        def potential(prop: object) -> Callable[[float], float]:
            return lambda x: evaluate(prop, x, T)  # type: ignore[arg-type]  # a property, as checked by the material

        return cls(
            sites=tuple(
                p.active.maximum_concentration * p.active_fraction * electrode.thickness for p in electrode.particles
            ),
            potentials=tuple(potential(p.active.open_circuit_potential) for p in electrode.particles),
        )

    def lithium(self, stoichiometries: Sequence[float]) -> float:
        """mol/m2 at the stoichiometries."""
        return sum(m * x for m, x in zip(self.sites, stoichiometries, strict=True))

    def split(self, lithium: float) -> tuple[float, ...]:
        """The stoichiometries at which the materials hold `lithium` (mol/m2) and have one potential."""
        if len(self.sites) == 1:
            return (lithium / self.sites[0],)
        ends = [potential(x) for potential in self.potentials for x in (_MARGIN, 1 - _MARGIN)]
        low, high = min(ends), max(ends)
        shared = _root(lambda U: lithium - self.lithium(self._at(U)), low, high)
        return self._at(shared)

    def potential(self, lithium: float) -> float:
        """V, where the materials hold `lithium` (mol/m2)."""
        return self.potentials[0](self.split(lithium)[0])

    def _at(self, U: float) -> tuple[float, ...]:
        """The stoichiometries at the potential U (V), held off the ends of the lattices."""
        found = []
        for potential in self.potentials:
            if potential(_MARGIN) <= U:
                found.append(_MARGIN)
            elif potential(1 - _MARGIN) >= U:
                found.append(1 - _MARGIN)
            else:
                found.append(_root(lambda x, law=potential: U - law(x), _MARGIN, 1 - _MARGIN))  # type: ignore[misc]
        return tuple(found)


@dataclass(frozen=True)
class Window:
    """The cell at rest between its voltage limits.

    The lithium is that of the full-charge stoichiometries of the materials; at 100 % and 0 % the open-circuit
    voltage is the upper and the lower limit, and in between the lithium of an electrode is linear in the state
    of charge. So PyBaMM starts cells from BPX files; the limits of stoichiometry in a file give its voltage
    limits only to the accuracy of its fits.
    """

    negative: _Host
    positive: _Host
    total: float
    empty: float
    full: float

    @classmethod
    def of(
        cls, negative: Electrode, positive: Electrode, lower_voltage: float, upper_voltage: float, temperature: float
    ) -> "Window":
        """The window of two electrodes; `temperature` (K) is that of the open-circuit potentials.

        Raises:
            InputError: the open-circuit voltage does not reach a limit.
        """
        hosts = _Host.of(negative, temperature), _Host.of(positive, temperature)
        full, other = (
            host.lithium([p.active.stoichiometry_full_charge for p in electrode.particles])
            for host, electrode in zip(hosts, (negative, positive), strict=True)
        )
        empty = hosts[0].lithium([p.active.stoichiometry_full_discharge for p in negative.particles])
        total = full + other

        def voltage(lithium: float) -> float:
            return hosts[1].potential(total - lithium) - hosts[0].potential(lithium)

        sites = [sum(host.sites) for host in hosts]
        least = max(_MARGIN * sites[0], total - (1 - _MARGIN) * sites[1])
        most = min((1 - _MARGIN) * sites[0], total - _MARGIN * sites[1])
        found = []
        for start, limit, name in ((empty, lower_voltage, "lower"), (full, upper_voltage, "upper")):
            at = _nearest(lambda n, limit=limit: voltage(n) - limit, start, 1e-3 * abs(full - empty), least, most)  # type: ignore[misc]
            if at is None:
                raise InputError(
                    f"the open-circuit voltage reaches the {name} limit of {limit:g} V nowhere between empty and full "
                    "electrodes; mend the limit, the potentials or the stoichiometries."
                )
            found.append(at)
        return cls(*hosts, total, *found)

    def stoichiometries(self, state_of_charge: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Of the materials of the negative and of the positive electrode."""
        lithium = self.empty + state_of_charge * (self.full - self.empty)
        return self.negative.split(lithium), self.positive.split(self.total - lithium)

    def state_of_charge(self, negative: Sequence[float]) -> float:
        """That at which the negative electrode holds what it does at these stoichiometries."""
        return (self.negative.lithium(negative) - self.empty) / (self.full - self.empty)


def _nearest(function: Callable[[float], float], start: float, step: float, least: float, most: float) -> float | None:
    """The root nearest to `start` of a rising function; None where there is none within the bounds."""
    a = min(max(start, least), most)
    at_a = function(a)
    direction = 1.0 if at_a < 0 else -1.0
    while True:
        b = min(max(a + direction * step, least), most)
        at_b = function(b)
        if at_a * at_b <= 0:
            return _root(function, min(a, b), max(a, b))
        if b in (least, most):
            return None
        a, at_a, step = b, at_b, 2 * step


def _root(function: Callable[[float], float], a: float, b: float) -> float:
    """A root between a and b, where the function has opposite signs, to rounding (Ridders 1979)."""
    at_a, at_b, last = function(a), function(b), math.inf
    for end, value in ((a, at_a), (b, at_b)):
        if value == 0:
            return end
    for _ in range(200):
        middle = 0.5 * (a + b)
        at_middle = function(middle)
        if at_middle == 0:
            return middle
        share = math.copysign(at_middle, at_a * at_middle) / math.sqrt(at_middle**2 - at_a * at_b)
        x = middle + (middle - a) * share
        at_x = function(x)
        if at_x == 0 or abs(x - last) <= 4e-16 * abs(x) or not min(a, b) < x < max(a, b):
            return x
        if at_middle * at_x < 0:
            a, at_a, b, at_b = middle, at_middle, x, at_x
        elif at_a * at_x < 0:
            b, at_b = x, at_x
        else:
            a, at_a = x, at_x
        last = x
    return last

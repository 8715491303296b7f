"""Plastic strain as an unknown at the points of integration: how it is laid out, what it stores and how it flows.

The unknown holds the independent components of the strain, 11, 22 and the shears of the mesh's dimensions (33 follows,
as the volume is kept; shears across the mesh do not flow), and last the equivalent plastic strain.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import basix.ufl
import ufl

from femcell.errors import InputError
from femcell.materials.mechanical import Mechanical
from femcell.materials.plasticity import Plasticity
from femcell.models.core import Terms
from femcell.models.mechanics.stress import Deformation, Parameter, Part, Stressed, averaged
from femcell.models.mechanics.supports import Frame
from femcell.physics import plasticity
from femcell.physics.elasticity import PAIRS
from femcell.physics.kinematics import Symmetry
from femcell.system import Export, Field, Observable

STRAIN = "plastic_strain"

BOUNDS = (-1.0, 1.0)
"""Strains that are no longer small; halfway to them every solid flows, and shows what the Jacobian can have."""


def pairs(dim: int) -> list[tuple[int, int]]:
    """Tensor indices of the components that are unknowns."""
    return [p for p in PAIRS if p in ((0, 0), (1, 1)) or (p[0] != p[1] and p[1] < dim)]


def tensor(p: Any, dim: int) -> Any:
    """Plastic strain of an unknown, shape (3, 3)."""
    found = {pair: p[i] for i, pair in enumerate(pairs(dim))}
    found[2, 2] = -found[0, 0] - found[1, 1]
    return ufl.as_matrix([[found.get((min(i, j), max(i, j)), 0.0) for j in range(3)] for i in range(3)])


def point_rule(degree: int, symmetry: Symmetry) -> dict[str, int]:
    """Points at which a solid flows, for displacements of a degree: enough for their strains, no more."""
    round_body = symmetry in (Symmetry.AXIAL, Symmetry.SPHERICAL)
    return {"quadrature_degree": max(2 * degree - 2, 1) + (2 if round_body else 0)}


def element(cell: str, dim: int, rule: Mapping[str, int]) -> Any:
    """The unknowns of a mesh's dimension at the points of a rule."""
    return basix.ufl.quadrature_element(cell, (len(pairs(dim)) + 1,), "default", rule["quadrature_degree"])


def yielding(solids: Mapping[str, Mechanical], deformation: Deformation) -> dict[str, Plasticity]:
    """Region -> plasticity, where there is one; InputError for large deformations."""
    found = {name: m.plasticity for name, m in solids.items() if m.plasticity is not None}
    if found and deformation is not Deformation.SMALL:
        raise InputError(f"'{min(found)}' yields: plastic flow is that of small strains; choose the deformation small.")
    return found


def plastic_terms(
    frame: Frame, flowing: Sequence[tuple[Stressed, Plasticity]], field: Field, parameter: Parameter
) -> Terms:
    """Flow of all parts that yield, with the energy that hardening stores and the power that is lost."""
    p, dim = field.function, frame.domain.dim
    forms, rows, stored, lost = [], [], [], []
    for (part, r), law in flowing:
        f = _flow(part, r.stress, law, p, dim, parameter)
        rates = ufl.as_vector([*[f.strain_rate[pair] for pair in pairs(dim)], f.rate])
        rows.append(plasticity.plastic_storage(p, field.test, frame.weight, part.dx))
        forms.append(plasticity.plastic_flow(rates, field.test, frame.weight, part.dx))
        stored.append(f.stored * frame.weight * part.dx)
        lost.append(f.dissipation * frame.weight * part.dx)
    return Terms(
        storage=tuple(rows),
        residual=tuple(forms),
        observables=(
            Observable("hardening_energy", "J", sum(stored[1:], stored[0]), frame.cross_section),
            Observable("plastic_dissipation", "W", sum(lost[1:], lost[0]), frame.cross_section),
        ),
    )


def plastic_export(frame: Frame, parts: Sequence[Part], field: Field, entity_maps: Sequence[Any]) -> Export:
    """The equivalent plastic strain, averaged over the cells around each node."""
    alpha = field.function[field.components - 1]
    export = averaged(frame, [part.dx for part in parts], entity_maps)
    return export("equivalent_plastic_strain", "1", [alpha] * len(parts))


def _flow(part: Part, stress: Any, law: Plasticity, p: Any, dim: int, parameter: Parameter) -> plasticity.Flow:
    def number(name: str, value: float) -> Any:
        return parameter(f"{part.name}.{name}", value)

    return plasticity.flow(
        stress,
        part.plastic_strain,
        p[len(pairs(dim))],
        yield_stress=number("yield_stress", law.hardening.yield_stress),
        kinematic_modulus=number("kinematic_modulus", law.kinematic_modulus),
        hardening=lambda alpha: law.hardening.energy(alpha, number),
        reference_rate=number("reference_rate", law.reference_rate),
        exponent=number("rate_exponent", law.rate_exponent),
    )

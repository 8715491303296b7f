"""Decomposition reactions in a body: reactants beside the temperature, at every point or of a lumped cell."""

from typing import Any

import ufl
from dolfinx import fem

from femcell.materials.runaway import Decomposition
from femcell.models.core import Account, Terms
from femcell.physics import heat, runaway
from femcell.system import Observable


def reaction_terms(
    reaction: Decomposition, c: fem.Function, v: Any, T: Any, w: Any, dx: ufl.Measure, *, suffix: str, volume: Any = 1.0
) -> Terms:
    """One reaction: its reactant, the heat it gives off, and the energy that is left in it.

    Args:
        reaction: its kinetics.
        c: fraction that is left.
        v: scaled test function of c.
        T: temperature, K.
        w: scaled test function of the balance of energy, 1/W.
        dx: over the body.
        suffix: of the observables' names.
        volume: that a point of the mesh stands for, m3 per m3 of it.
    """
    mesh = c.function_space.mesh
    rate = runaway.arrhenius_rate(
        reaction.kinetics.factor(c, reaction.initial),
        T,
        frequency_factor=fem.Constant(mesh, reaction.frequency_factor),
        activation_energy=fem.Constant(mesh, reaction.activation_energy),
    )
    density = fem.Constant(mesh, reaction.energy_density) * volume
    return Terms(
        storage=(runaway.reactant_storage(c, v, dx),),
        residual=(runaway.decomposition(rate, v, dx), heat.heat_source(density * rate, w, dx)),
        observables=(
            Observable(f"chemical_energy_{reaction.name}{suffix}", "J", density * c * dx),
            Observable(f"reaction_heat_{reaction.name}{suffix}", "W", density * rate * dx),
        ),
        accounts=(Account("energy", (f"chemical_energy_{reaction.name}{suffix}",)),),
    )

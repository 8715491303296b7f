"""Porous electrodes as homogenised models see them: pores, and populations of spheres at every point."""

from collections.abc import Sequence
from dataclasses import dataclass

from femcell.materials import Electrode as PorousElectrode
from femcell.materials import Particles
from femcell.models.core import DepthProfile
from femcell.models.layout.layout import Active


@dataclass(frozen=True, kw_only=True)
class Population(Active):
    """Particles of one material and one size in an electrode.

    Attributes:
        particles: their radius, share of the volume, and surface.
        profile: multiplies share and surface, over the depth of the region along the first axis; None is uniform.
    """

    particles: Particles
    profile: DepthProfile | None = None


@dataclass(frozen=True)
class Pores:
    """What the electrolyte needs to know of the pores of an electrode; see `layout.Porous`."""

    porosity: float | DepthProfile
    transport_factor: float | DepthProfile
    in_plane_transport_ratio: float

    @classmethod
    def of(cls, electrode: PorousElectrode, *, separator_first: bool) -> "Pores":
        """Of an electrode; depths of its profiles run from the collector to the separator."""
        ratio = electrode.in_plane_transport_ratio
        if electrode.porosity_profile is None:
            return cls(electrode.porosity, electrode.electrolyte_transport_factor, ratio)
        if not separator_first:
            return cls(electrode.porosity_at, electrode.transport_factor_at, ratio)
        return cls(lambda z: electrode.porosity_at(1 - z), lambda z: electrode.transport_factor_at(1 - z), ratio)


def populations(
    names: Sequence[str],
    region: str,
    electrode: PorousElectrode,
    *,
    radial: int,
    volume: float,
    separator_first: bool = False,
    uniform: bool = False,
) -> tuple[Population, ...]:
    """The particles of an electrode, each population with a lithium field of its own.

    Args:
        names: of the populations.
        region: of the mesh.
        electrode: its data.
        radial: points of each particle.
        volume: of the region, in units of the mesh.
        separator_first: whether the first axis runs from the separator to the collector.
        uniform: whether one particle stands for all of a population.
    """
    profile: DepthProfile | None = None
    if electrode.active_profile is not None:
        profile = (lambda z: electrode.active_factor_at(1 - z)) if separator_first else electrode.active_factor_at
    return tuple(
        Population(
            name,
            p.active,
            (region,),
            volume * p.active_fraction * electrode.mean_active_factor,
            radial,
            uniform,
            particles=p,
            profile=profile,
        )
        for name, p in zip(names, electrode.particles, strict=True)
    )


def numbered(name: str, electrode: PorousElectrode) -> list[str]:
    """Names of the populations of an electrode."""
    count = len(electrode.particles)
    return [f"{name}_{i}" for i in range(1, count + 1)] if count > 1 else [name]

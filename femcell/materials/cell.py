"""A published cell: its materials, and the nominal geometry they were reported with."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from femcell.errors import InputError
from femcell.kinds import require_fields
from femcell.materials._checks import require_in_plane_ratio, require_number, require_text
from femcell.materials.active import ActiveMaterial
from femcell.materials.electrolyte import Electrolyte
from femcell.materials.laws import REFERENCE_TEMPERATURE
from femcell.materials.porous import PorousSeparator
from femcell.reprs import angled

type Profile = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Particles:
    """Spheres of one material and one radius in an electrode.

    Attributes:
        active: the material of the spheres.
        active_fraction: their volume per volume of electrode.
        radius: m.
        surface: their surface per volume of electrode, 1/m; left out, that of spheres, 3 active_fraction / radius.

    Raises:
        InputError: a value is out of its bounds.
    """

    active: ActiveMaterial
    active_fraction: float
    radius: float
    surface: float | None = None

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self, self.active.name, f"radius {self.radius * 1e6:.4g} um", f"fraction {self.active_fraction:.4g}"
        )

    def __post_init__(self) -> None:
        """Check every value."""
        require_fields(self, "active")
        owner = f"particles of {self.active.name!r}"
        require_number(owner, "radius", self.radius, "m", above=0)
        require_number(owner, "active_fraction", self.active_fraction, "1 (volume per volume)", above=0, below=1)
        if self.surface is not None:
            require_number(owner, "surface", self.surface, "1/m", above=0)

    @property
    def specific_surface(self) -> float:
        """Surface per volume of electrode, 1/m."""
        return self.surface if self.surface is not None else 3 * self.active_fraction / self.radius


@dataclass(frozen=True, kw_only=True)
class Electrode:
    """A porous electrode as homogenised models see it: populations of spheres in a layer.

    Attributes:
        particles: one population or more; several radii of one material, or several materials.
        thickness: of the layer, m.
        porosity: volume of electrolyte per volume.
        bruggeman_electrolyte: exponent b of the pores' transport factor, porosity^b.
        transport_factor: of the pores, porosity over tortuosity factor; given, it takes the place of the exponent.
        in_plane_transport_ratio: transport in the pores along the layer over that through it; the tensor of transport
            factors is diag(B, ratio B, ratio B), B the factor through the layer. Of meshes of two or three dimensions:
            flakes that lie flat make it 2 to 4 (Ebner et al., Adv. Energy Mater. 4 (2014) 1301278).
        bruggeman_solid: exponent b of the electronic transport factor, (all active fractions)^b; 0 where the
            conductivity of the active material was measured on the whole electrode.
        conductivity: electronic, of the whole layer, S/m; given, it takes the place of that of the first material.
        in_plane_conductivity_ratio: electronic conductivity along the layer over that through it, of meshes of two or
            three dimensions: diag(sigma, ratio sigma, ratio sigma). Lain et al., RSC Adv. (2023),
            doi:10.1039/d3ra06412c, measure both.
        porosity_profile: of a graded electrode: multiplies the porosity at relative depths z, an array, 0 at the
            collector and 1 at the separator.
        active_profile: the same for the active fractions and the surfaces of all particles.

    Raises:
        InputError: a value is out of its bounds, or the fractions add up to more than 1, at any depth.
    """

    particles: tuple[Particles, ...]
    thickness: float
    porosity: float
    bruggeman_electrolyte: float = 1.5
    transport_factor: float | None = None
    in_plane_transport_ratio: float = 1.0
    bruggeman_solid: float = 1.5
    conductivity: float | None = None
    in_plane_conductivity_ratio: float = 1.0
    porosity_profile: Profile | None = None
    active_profile: Profile | None = None

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            " + ".join(p.active.name for p in self.particles),
            f"{self.thickness * 1e6:.4g} um",
            f"porosity {self.porosity:.4g}",
            f"active fraction {self.active_fraction:.4g}",
        )

    def __post_init__(self) -> None:
        """Check every value."""
        require_fields(self, "particles", "porosity_profile", "active_profile")
        object.__setattr__(self, "particles", tuple(self.particles))
        if not self.particles:
            raise InputError("An electrode has no particles; give it at least one population.")
        owner = f"electrode of {self.active.name!r}"
        require_number(owner, "thickness", self.thickness, "m", above=0)
        require_number(owner, "porosity", self.porosity, "1 (volume per volume)", above=0, below=1)
        for field in ("bruggeman_electrolyte", "bruggeman_solid"):
            require_number(owner, field, getattr(self, field), "1", at_least=0)
        if self.transport_factor is not None:
            require_number(owner, "transport_factor", self.transport_factor, "1", above=0, at_most=1)
        require_in_plane_ratio(owner, self.in_plane_transport_ratio, self.electrolyte_transport_factor)
        if self.conductivity is not None:
            require_number(owner, "conductivity", self.conductivity, "S/m", above=0)
        require_number(owner, "in_plane_conductivity_ratio", self.in_plane_conductivity_ratio, "1", above=0)
        if self.porosity + self.active_fraction > 1 + 1e-12:
            total = self.porosity + self.active_fraction
            raise InputError(f"{owner}: porosity and active_fraction add up to {total:g}; make it 1 or less.")
        if self.porosity_profile is not None or self.active_profile is not None:
            self._check_profiles(owner)

    def _check_profiles(self, owner: str) -> None:
        z = np.linspace(0.0, 1.0, 101)
        try:
            pores, solid = self.porosity_at(z), self.active_fraction * self.active_factor_at(z)
            fit = [np.broadcast_shapes(np.shape(values), z.shape) == z.shape for values in (pores, solid)]
        except (TypeError, ValueError, AttributeError, InputError):
            fit = [False]
        if not all(fit):
            raise InputError(
                f"{owner}: a profile must be a function of an array of depths that returns as many numbers."
            )
        for what, values in (("porosity", pores), ("active_fraction", solid)):
            if not (np.isfinite(values).all() and (values > 0).all() and (values < 1).all()):
                raise InputError(f"{owner}: its profile takes {what} out of (0, 1) at some depth; change the profile.")
        if (pores + solid > 1 + 1e-12).any():
            raise InputError(f"{owner}: porosity and active_fraction add up to more than 1 at some depth.")

    def porosity_at(self, z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Porosity at relative depths z (0 at the collector), shape of z."""
        return self.porosity * (np.ones_like(z) if self.porosity_profile is None else self.porosity_profile(z))

    def transport_factor_at(self, z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Effective over bulk transport in the pores at relative depths z; a given factor follows the porosity."""
        if self.transport_factor is not None:
            return self.transport_factor * self.porosity_at(z) / self.porosity
        return self.porosity_at(z) ** self.bruggeman_electrolyte

    def active_factor_at(self, z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Active fraction over its reported value at relative depths z."""
        return np.ones_like(z) if self.active_profile is None else self.active_profile(z) * np.ones_like(z)

    @property
    def graded(self) -> bool:
        """Whether anything varies with the depth."""
        return self.porosity_profile is not None or self.active_profile is not None

    @property
    def active(self) -> ActiveMaterial:
        """The material of the first population."""
        return self.particles[0].active

    @property
    def particle_radius(self) -> float:
        """Of the first population, m."""
        return self.particles[0].radius

    @property
    def active_fraction(self) -> float:
        """Volume of all active materials per volume of electrode."""
        return sum(p.active_fraction for p in self.particles)

    @property
    def electrolyte_transport_factor(self) -> float:
        """Effective over bulk transport in the pores."""
        return self.transport_factor if self.transport_factor is not None else self.porosity**self.bruggeman_electrolyte

    @property
    def effective_conductivity(self) -> float:
        """Electronic conductivity of the layer, S/m."""
        if self.conductivity is not None:
            return self.conductivity
        return self.active.conductivity * self.active_fraction**self.bruggeman_solid

    @property
    def specific_surface(self) -> float:
        """Surface of all particles per volume of electrode, 1/m."""
        return sum(p.specific_surface for p in self.particles)

    @property
    def areal_capacity(self) -> float:
        """Charge within the windows of the materials per area of electrode, C/m2."""
        uniform = sum(p.active.volumetric_capacity * p.active_fraction for p in self.particles) * self.thickness
        return uniform * self.mean_active_factor

    @property
    def mean_active_factor(self) -> float:
        """Mean over the depth of `active_factor_at` (Gauss rule of 20 points)."""
        if self.active_profile is None:
            return 1.0
        points, weights = np.polynomial.legendre.leggauss(20)
        return float(weights @ self.active_factor_at(0.5 * (points + 1))) / 2


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The parameters of a published cell.

    Attributes:
        name: what messages and results call it.
        electrolyte: fills all pores.
        negative: the electrode that is oxidised on discharge.
        separator: between the two.
        positive: the electrode that is reduced on discharge.
        separator_thickness: m.
        area: of the electrodes facing each other, m2; of all pairs together.
        electrode_pairs: pairs of electrodes in parallel that the area is divided into.
        nominal_ampere_hours: capacity behind C-rates, A h.
        lower_voltage: end of discharge, V.
        upper_voltage: end of charge, V.
        reference_temperature: K, at which laws with activation energies have their reported values.
        initial_temperature: K.
        source: where the numbers are from.

    Raises:
        InputError: a value is not of its kind or out of its bounds.
    """

    name: str
    electrolyte: Electrolyte
    negative: Electrode
    separator: PorousSeparator
    positive: Electrode
    separator_thickness: float
    area: float
    electrode_pairs: int = 1
    nominal_ampere_hours: float
    lower_voltage: float
    upper_voltage: float
    reference_temperature: float = REFERENCE_TEMPERATURE
    initial_temperature: float = REFERENCE_TEMPERATURE
    source: str

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            self.name,
            f"{self.nominal_ampere_hours:g} A h",
            f"{self.lower_voltage:g} to {self.upper_voltage:g} V",
            f"{self.area:.4g} m2",
        )

    def __post_init__(self) -> None:
        """Check every value."""
        require_fields(self, "electrolyte", "negative", "separator", "positive")
        require_text("cell", "name", self.name)
        owner = f"cell {self.name!r}"
        require_text(owner, "source", self.source)
        require_number(owner, "separator_thickness", self.separator_thickness, "m", above=0)
        require_number(owner, "area", self.area, "m2", above=0)
        require_number(owner, "electrode_pairs", self.electrode_pairs, "whole pairs", at_least=1)
        if not isinstance(self.electrode_pairs, int):
            raise InputError(f"{owner}: electrode_pairs must be a whole number, but is {self.electrode_pairs!r}.")
        require_number(owner, "nominal_ampere_hours", self.nominal_ampere_hours, "A h", above=0)
        require_number(owner, "lower_voltage", self.lower_voltage, "V")
        require_number(owner, "upper_voltage", self.upper_voltage, "V", above=self.lower_voltage)
        for field in ("reference_temperature", "initial_temperature"):
            require_number(owner, field, getattr(self, field), "K", above=0)

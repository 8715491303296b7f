"""Active materials: solids that take up and give off lithium."""

import math
from dataclasses import dataclass

from femcell.constants import FARADAY
from femcell.errors import InputError
from femcell.kinds import require_fields
from femcell.materials._checks import require_number, require_property, require_text
from femcell.materials.film import Film
from femcell.materials.laws import REFERENCE_TEMPERATURE, Property, evaluate
from femcell.materials.mechanical import Mechanical
from femcell.materials.phase_field import PhaseField
from femcell.materials.reaction import Reaction, require_reactions
from femcell.reprs import angled, property_in


@dataclass(frozen=True, kw_only=True)
class ActiveMaterial:
    """An insertion material.

    Stoichiometry x = c_s / c_max. Reaction at its surface, counted positive for oxidation (lithium leaves the
    solid):

        i = i0 [exp(a_a F eta / (R T)) - exp(-a_c F eta / (R T))],  eta = phi_s - phi_e - U(x, T)

    Attributes:
        name: what messages and results call it.
        maximum_concentration: c_max, mol/m3.
        diffusivity: of lithium in the solid, m2/s; number or law of (c_s, T).
        conductivity: electronic, S/m.
        open_circuit_potential: U against lithium, V; number or law of (x, T), with its temperature dependence
            in it.
        exchange_current_density: i0, A/m2; number or law of (c_e, c_s, c_s_max, T).
        anodic_transfer_coefficient: a_a.
        cathodic_transfer_coefficient: a_c.
        stoichiometry_full_charge: x at the full state of charge of the cell.
        stoichiometry_full_discharge: x at the empty state; the two make the window that capacities are
            computed from.
        entropic_coefficient: dU/dT, V/K; number or law of x; for the reversible heat, must agree with U(x,
            T).
        initial_stoichiometry: x at the start, strictly between 0 and 1; left out, that of full charge.
        double_layer_capacitance: F/m2 of interface; 0 leaves the double layer out.
        film_resistance: of a film between the solid and the electrolyte, Ohm m2, that all reactions share.
        side_reactions: at its surface, beside insertion.
        films: that side reactions build there.
        mechanical: how it deforms and swells, for models with stress.
        phase_field: of a material that separates into phases: where particles are resolved, lithium follows its
            chemical potential in place of the diffusivity, and U must be its `open_circuit_potential`.
        source: where the numbers are from.

    Raises:
        InputError: a value is not of its kind or out of its bounds.
    """

    name: str
    maximum_concentration: float
    diffusivity: Property
    conductivity: float
    open_circuit_potential: Property
    exchange_current_density: Property
    anodic_transfer_coefficient: float = 0.5
    cathodic_transfer_coefficient: float = 0.5
    stoichiometry_full_charge: float
    stoichiometry_full_discharge: float
    entropic_coefficient: Property = 0.0
    initial_stoichiometry: float = None  # type: ignore[assignment]  # a number from __post_init__ on
    double_layer_capacitance: float = 0.0
    film_resistance: float = 0.0
    side_reactions: tuple[Reaction, ...] = ()
    films: tuple[Film, ...] = ()
    mechanical: Mechanical | None = None
    phase_field: PhaseField | None = None
    source: str

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            self.name,
            f"up to {self.maximum_concentration:.5g} mol/m3",
            f"x = {self.stoichiometry_full_charge:.4g} charged",
            f"x = {self.stoichiometry_full_discharge:.4g} discharged",
            f"diffusivity {property_in(self.diffusivity, 'm2/s')}",
        )

    def __post_init__(self) -> None:
        """Check every value."""
        require_fields(self, "mechanical", "phase_field")
        require_text("active material", "name", self.name)
        owner = f"active material {self.name!r}"
        require_text(owner, "source", self.source)
        require_number(owner, "maximum_concentration", self.maximum_concentration, "mol/m3", above=0)
        require_number(owner, "conductivity", self.conductivity, "S/m", above=0)
        for field in ("anodic_transfer_coefficient", "cathodic_transfer_coefficient"):
            require_number(owner, field, getattr(self, field), "1", above=0)
        for field in ("stoichiometry_full_charge", "stoichiometry_full_discharge"):
            require_number(owner, field, getattr(self, field), "1 (as c_s / c_max)", at_least=0, at_most=1)
        if self.stoichiometry_full_charge == self.stoichiometry_full_discharge:
            raise InputError(
                f"{owner}: stoichiometry_full_charge and stoichiometry_full_discharge are both "
                f"{self.stoichiometry_full_charge:g}, which leaves no capacity; give two different ones."
            )
        if self.initial_stoichiometry is None:
            object.__setattr__(self, "initial_stoichiometry", self.stoichiometry_full_charge)
        require_number(
            owner, "initial_stoichiometry", self.initial_stoichiometry, "1 (as c_s / c_max)", above=0, below=1
        )
        require_number(owner, "double_layer_capacitance", self.double_layer_capacitance, "F/m2", at_least=0)
        require_number(owner, "film_resistance", self.film_resistance, "Ohm m2", at_least=0)
        require_reactions(owner, self.side_reactions, self.films)
        self._require_properties(owner)
        if self.phase_field is not None:
            self._require_agreement(owner, self.phase_field)

    def _require_agreement(self, owner: str, phase: PhaseField) -> None:
        """The phase field's concentration and potential must be those of the material."""
        energy, x, T = phase.free_energy, self.initial_stoichiometry, REFERENCE_TEMPERATURE
        if not math.isclose(energy.site_density, self.maximum_concentration, rel_tol=1e-9):
            raise InputError(
                f"{owner}: its free energy has {energy.site_density:g} mol/m3 of sites, but maximum_concentration is "
                f"{self.maximum_concentration:g}; give both the same."
            )
        own = energy.open_circuit_potential(phase.standard_potential)
        if abs(evaluate(own, x, T) - evaluate(self.open_circuit_potential, x, T)) > 1e-6:
            raise InputError(
                f"{owner}: open_circuit_potential is not that of its free energy; "
                "give free_energy.open_circuit_potential(standard_potential)."
            )

    def _require_properties(self, owner: str) -> None:
        c_max, x, T = self.maximum_concentration, self.initial_stoichiometry, REFERENCE_TEMPERATURE
        solid = {"c_s": x * c_max, "T": T}
        surface = {"c_e": 1000.0, "c_s": x * c_max, "c_s_max": c_max, "T": T}
        require_property(owner, "diffusivity", self.diffusivity, "m2/s", solid, above=0)
        require_property(owner, "open_circuit_potential", self.open_circuit_potential, "V", {"x": x, "T": T})
        require_property(owner, "exchange_current_density", self.exchange_current_density, "A/m2", surface, above=0)
        require_property(owner, "entropic_coefficient", self.entropic_coefficient, "V/K", {"x": x})

    @property
    def initial_concentration(self) -> float:
        """Lithium in the solid at the start, mol/m3."""
        return self.initial_stoichiometry * self.maximum_concentration

    @property
    def volumetric_capacity(self) -> float:
        """Charge within the window per volume of solid, C/m3: F c_max |x_charged - x_discharged|."""
        window = abs(self.stoichiometry_full_charge - self.stoichiometry_full_discharge)
        return FARADAY * self.maximum_concentration * window

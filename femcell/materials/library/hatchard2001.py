"""Four decomposition reactions of a LiCoO2/graphite 18650, and its body.

T. D. Hatchard, D. D. MacNeil, A. Basu and J. R. Dahn, J. Electrochem. Soc. 148 (2001) A755: SEI, negative and positive
electrode with the solvent. G.-H. Kim, A. Pesaran and R. Spotnitz, J. Power Sources 170 (2007) 476: the electrolyte's
own decomposition, and the contents per volume.
"""

from functools import cache

from femcell.materials.runaway import Autocatalytic, Decomposition, ThroughLayer
from femcell.materials.thermal import Thermal

SOURCE = "Hatchard et al., J. Electrochem. Soc. 148 (2001) A755; Kim et al., J. Power Sources 170 (2007) 476"
KIM = "Kim, Pesaran and Spotnitz, J. Power Sources 170 (2007) 476"


@cache
def hatchard2001_reactions() -> tuple[Decomposition, ...]:
    """SEI, negative with solvent, positive with solvent, electrolyte."""
    return (
        Decomposition(
            name="SEI",
            frequency_factor=1.667e15,
            activation_energy=135080.0,
            heat=257e3,
            content=610.4,
            initial=0.15,
            source=SOURCE,
        ),
        Decomposition(
            name="negative_solvent",
            frequency_factor=2.5e13,
            activation_energy=135080.0,
            heat=1714e3,
            content=610.4,
            initial=0.75,
            kinetics=ThroughLayer(thickness=0.033, reference=0.033),
            source=SOURCE,
        ),
        Decomposition(
            name="positive_solvent",
            frequency_factor=6.667e13,
            activation_energy=139600.0,
            heat=314e3,
            content=1221.0,
            initial=0.96,
            kinetics=Autocatalytic(),
            source=SOURCE,
        ),
        Decomposition(
            name="electrolyte",
            frequency_factor=5.14e25,
            activation_energy=274000.0,
            heat=155e3,
            content=406.9,
            source=KIM,
        ),
    )


@cache
def hatchard2001_body() -> Thermal:
    """The wound cell as one body: 2580 kg/m3, 830 J/(kg K) (Kim 2007); 3.4 W/(m K) is usual, not checked there.

    Only fields in a body take the conductivity; lumped cells have no use for it.
    """
    return Thermal(name="LiCoO2 18650", density=2580.0, heat_capacity=830.0, conductivity=3.4, source=KIM)

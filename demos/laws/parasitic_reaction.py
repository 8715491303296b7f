"""A side reaction of one's own: a reduction of constant rate on the negative electrode, which eats lithium ions.

    Li+ + e- + solvent -> product,    i = -i_0

It is data: electrons, what appears when it runs as an oxidation, and a rate law of the interface's state. The same
object serves a resolved cell, a DFN and a pouch, and lithium and charge are audited with it in every step.
Run: python demos/laws/parasitic_reaction.py
"""

from dataclasses import replace

import femcell as fc

RATE = 5e-3  # A/m2

parasitic = fc.Reaction(
    name="parasitic",
    electrons=1,
    stoichiometry={"Li+": 1},
    rate=lambda interface: -interface.constant(RATE),
    equilibrium_potential=lambda interface: 0.8,  # V against lithium: what its heat is counted from
    source="this demo",
)


def with_side_reaction(cell: fc.Cell) -> fc.Cell:
    """The cell with the reaction on the particles of its negative electrode."""
    particles = tuple(
        replace(p, active=replace(p.active, side_reactions=(parasitic,))) for p in cell.negative.particles
    )
    return replace(cell, negative=replace(cell.negative, particles=particles))


if __name__ == "__main__":
    result = fc.simulate(fc.DFN(with_side_reaction(fc.library.chen2020())), ["Rest for 1 hour"], progress=False)
    print("Lithium lost in an hour:", -result.series["parasitic_current_negative_A"][-1] * 3600 / 96485.33212, "mol")
    print("Worst audit of any step:", max(result.summary["worst_audit"].values()))

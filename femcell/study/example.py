"""Studies to start from, as `femcell init` writes them."""

EXAMPLE_MESH = "example_half_cell.msh"
"""What `femcell init` copies beside the study."""

EXAMPLE = f"""\
# A study for `femcell run` (or `mpirun -n 2 femcell run`). SI units, unless a key says otherwise.

[mesh]
file = "{EXAMPLE_MESH}"  # relative to this file; regions and surfaces carry gmsh physical names
unit = "um"                     # of the file's numbers: m, mm, um, nm

[cell]
electrolyte = "nyman2008"       # or landesfeind2019, chen2020, marquis2019; fills pores and separators
temperature_K = 298.15
# capacity_Ah = 5e-9            # behind C-rates; left out, computed from the stoichiometry window
islands = "error"               # or "drop": leave out what no electron or no ion reaches
degree = 1                      # of the finite elements: 1 or 2

[regions.separator]
material = "chen2020.separator" # any number of the material can be replaced: porosity = 0.5

[regions.nmc]
material = "chen2020.positive"
initial_stoichiometry = 0.2661
# double_layer_capacitance = 0.2  # F/m2; left out, there is none

[regions.foil]
material = "aluminium"

[terminals.positive]
surface = "foil_top"
kind = "equipotential"          # or "uniform": the same current density all over

[terminals.negative]
surface = "lithium"
kind = "lithium"                # lithium metal; in a full cell name the other foil, "equipotential"

[experiment]
# strings as in PyBaMM; a list of them inside the list, ["...", "..."], is a cycle
steps = ["Discharge at 1C until 3.0 V", "Rest for 10 minutes"]

[time]
tolerance = 5e-5                # local error per step over the scale of each field

[solver]
linear = "auto"                 # direct, iterative, or by size
# [solver.petsc]                # any PETSc option, without prefix; unused ones are reported
# ksp_rtol = 1e-5

[output]
folder = "out/nmc_half_cell"
fields_at_s = [0.0, 1800.0]     # besides the ends of the steps; hit exactly
checkpoint_every_s = 300.0      # wall-clock seconds
"""
"""What `femcell init` writes."""

DFN_EXAMPLE = """\
# A study of porous electrodes and a separator (Doyle, Fuller and Newman) for `femcell run`.
# SI units, unless a key says otherwise.

[dfn]
cell = "chen2020"               # or marquis2019, ecker2015; or a BPX file: bpx = "cell.json", relative to this file
# state_of_charge = 0.5         # between the voltage limits of the cell; left out, the start that the set states
# temperature_K = 298.15        # left out, that of the set
# capacity_Ah = 5.0             # behind C-rates; left out, the nominal one
# negative = "lithium"          # lithium metal in place of the negative electrode: a half cell
# reduction = "spme"            # or "spm": single-particle models; left out, the full one

[dfn.resolution]
negative = 4                    # elements through each layer
separator = 1
positive = 4
degree = 4                      # of the elements
radial = 8                      # points of a particle

# [dfn.pouch]                   # a stack of two or (with a width) three dimensions, in place of the line through it
# height = 0.1                  # m
# width = 0.1
# negative = { material = "copper", thickness = 12e-6, tab = [0.0, 0.03] }
# positive = { material = "aluminium", thickness = 16e-6, tab = [0.07, 0.1] }

# [dfn.replace.positive]        # also negative, separator, electrolyte: any number of the set
# porosity = 0.3                # of the layer, its particles or their material: thickness, radius, active_fraction, ...
# double_layer_capacitance = 0.2  # F/m2; left out, there is none

[experiment]
# strings as in PyBaMM; a list of them inside the list, ["...", "..."], is a cycle
steps = ["Discharge at 1C until 2.5 V", "Rest for 10 minutes"]

[time]
tolerance = 5e-5                # local error per step over the scale of each field

[output]
folder = "out/dfn"
fields_at_s = [600.0, 1800.0]   # besides the ends of the steps; hit exactly
checkpoint_every_s = 300.0      # wall-clock seconds
"""
"""What `femcell init --dfn` writes."""

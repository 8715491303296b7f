"""Images made to measure, seeded, to an exact volume fraction: for studies, tests and demonstrations.

Each generator makes a field over the voxels and takes the share of them with the lowest values, so that the fraction
is met to one voxel whatever the seed. Spheres without overlap, or bonded ones, come from
`femcell.geometry.generators.place`.
"""

from femcell.images.generators.fields import bicontinuous, with_binder
from femcell.images.generators.objects import Ellipsoid, ellipsoids, fibres, with_channels

__all__ = ["Ellipsoid", "bicontinuous", "ellipsoids", "fibres", "with_binder", "with_channels"]

"""Solving on the voxels of an image: finite volumes, matrix-free, by conjugate gradients with multigrid."""

"""Imported before the tests here: DOLFINx finds its MPI library through mpi4py."""

from mpi4py import MPI

__all__ = ["MPI"]

"""Stress in solids that lithium swells: in cells, bodies and particles."""

"""Phase separation: of a closed body, and of particles at a potential."""

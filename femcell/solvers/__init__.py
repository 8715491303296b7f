"""How systems are solved: Newton-Krylov, block preconditioners, adaptive time stepping. No physics here."""

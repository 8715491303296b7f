"""Laws of solids: electrons, and the hosts that lithium moves in."""

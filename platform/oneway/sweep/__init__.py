"""How much one replica carries: which rates to offer, what came of each, and what that shows."""

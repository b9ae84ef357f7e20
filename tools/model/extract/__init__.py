"""From a trained network to a model that only infers."""

"""Where releases run. `base` is the protocol; only `cli` picks a concrete target."""

"""The command `platform`: the only place that prints, exits, or picks a concrete target."""

"""A whole site in one file, for a machine that has Python and no network: made here, opened there."""

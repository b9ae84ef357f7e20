"""Backing services from the programs that this machine has."""

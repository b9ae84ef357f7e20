"""Fuzzing, by hand: what it finds becomes a test."""

"""The commands, a module for each, named as the command."""

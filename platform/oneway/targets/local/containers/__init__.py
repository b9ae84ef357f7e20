"""Images on this machine: built and kept by docker or podman, run as one process among the others."""

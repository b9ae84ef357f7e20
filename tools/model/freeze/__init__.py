"""From an inference model to single files that runtimes load."""

"""The rules: one module each, none of which knows another. Their docstrings are published."""

"""The Kubernetes values that Oneway writes: the fields it uses, in the order in which people read them.

A field without a default is always written; one that equals its default is left out.
"""

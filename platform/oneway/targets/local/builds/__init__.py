"""What a release runs from: a snapshot of its code and its packages."""

"""The stable ports: Caddy, what it serves, and what users were answered."""

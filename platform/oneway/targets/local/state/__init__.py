"""What this machine remembers: folders, ports, replicas, routes and secrets."""

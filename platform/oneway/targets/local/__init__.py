"""This machine as a target: supervisor keeps the processes, Caddy the stable ports, SQLite the records."""

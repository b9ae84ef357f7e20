"""What the monitor decides, as pure functions of looks and of the time: it is given both, and does nothing itself."""

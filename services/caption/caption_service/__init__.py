"""Says in one sentence what a picture shows."""

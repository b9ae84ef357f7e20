"""The monitor's page and API."""

"""The public door: API keys, limits and the demo page."""

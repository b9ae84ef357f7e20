"""The smoke monitor: the checks of what is live, for ever; causes, incidents, alerts, budgets, a page."""

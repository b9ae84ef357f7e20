"""Replicas come and go with the load, as the HorizontalPodAutoscaler makes them on a cluster."""

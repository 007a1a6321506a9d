"""Attacks on gates, on a real cluster with the admission policies and without."""

"""The budgets of the design, measured beside argotui's peers on one cluster in one run."""

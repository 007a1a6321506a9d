"""A terminal console for monitoring and approving Argo Workflows."""

__version__ = "0.1.0"

"""The local record of decisions."""

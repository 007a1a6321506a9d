"""`python -m argotui`."""

from __future__ import annotations

import sys

from argotui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

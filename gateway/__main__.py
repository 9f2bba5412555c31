"""``python -m gateway`` is ``chaperone``."""

import sys

from gateway.cli import main

sys.exit(main())

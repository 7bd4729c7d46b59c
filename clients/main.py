"""Runs the tests beside it whose names contain one of the arguments, or all. Fails where there is none."""

import sys
import unittest
from pathlib import Path

loader = unittest.TestLoader()
loader.testNamePatterns = [f"*{pattern}*" for pattern in sys.argv[1:]] or None
result = unittest.TextTestRunner(verbosity=2).run(loader.discover(Path(__file__).parent))
if result.testsRun == 0:
    print("no test's name contains that: nothing was run", file=sys.stderr)
sys.exit(0 if result.wasSuccessful() and result.testsRun > 0 else 1)

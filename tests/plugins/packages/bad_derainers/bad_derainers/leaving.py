"""Ends the process when it is imported, as a script does."""

import sys

sys.exit("usage: leaving.py PICTURE")

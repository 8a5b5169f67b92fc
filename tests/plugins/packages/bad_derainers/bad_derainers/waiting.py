"""Waits while it is imported, as for a server that does not answer."""

import time

time.sleep(10**6)

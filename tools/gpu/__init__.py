"""One prepared run on somebody's GPU machine: what it shows, and how that becomes a page."""

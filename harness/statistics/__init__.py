"""What the rows of a run can say beyond their means."""

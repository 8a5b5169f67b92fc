"""What a configuration can name: found, given its options, checked, and called through one door."""

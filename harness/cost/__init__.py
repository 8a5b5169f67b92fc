"""What a derainer costs: parameters, multiply-accumulates, time and memory, on one machine."""

"""The theory in numbers: bounds, constants of a system, concentration, distance of a sample."""

"""Benchmarks: this project, its peers and the floor, measured side by side on one machine. `make bench` runs them."""

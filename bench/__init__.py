"""Benchmarks: this project, its peers and the floor, measured together on one machine. `make bench` runs them."""

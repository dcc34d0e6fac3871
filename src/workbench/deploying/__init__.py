"""Deploying: what is built from a checkout, and what is made of it in the cloud."""

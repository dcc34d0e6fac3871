"""Deploying: build a package from a checkout, and deploy it to AWS."""

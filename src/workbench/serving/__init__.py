"""Serving on this machine: the real Lambda handler behind a thin HTTP server, with an embedded DynamoDB or any other table."""

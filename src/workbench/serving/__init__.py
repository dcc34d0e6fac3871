"""Serving on this machine: DynamoDB in process, the seed published into it, and the real Lambda handler behind a thin front."""

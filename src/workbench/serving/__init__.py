"""Serving on this machine: the real Lambda handler behind a thin front, over a DynamoDB beside it or any table that can be reached."""

"""How Hypothesis runs here: without a deadline for each example, since how fast a machine is says nothing of what it computes."""

from hypothesis import settings

settings.register_profile("unit", deadline=None)
settings.load_profile("unit")

"""What may not be published: the scans of text, and the publication rules, one module per family.

Runs in the workbench only. No module of the read path imports this package.
"""

"""The maintainer's command line, `article33`. It alone writes: to the record, and to the published contract."""

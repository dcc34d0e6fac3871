"""The maintainer's command line, `article33`. Only this package writes to the record and to the published contract."""

"""The processes of releases: started, kept and ended by supervisor."""

"""One module for each kind of file that says who calls whom."""

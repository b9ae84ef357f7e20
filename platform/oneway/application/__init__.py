"""The use cases: values in, values out. Nothing here prints, exits, or knows of a command line."""

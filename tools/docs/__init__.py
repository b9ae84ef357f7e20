"""The documentation: its generated pages, and the site that is made of all of them."""

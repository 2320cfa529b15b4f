"""Open models of the libraries behind the same protocols as the starter."""

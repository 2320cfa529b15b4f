"""The campaign's state machine, its state, and running it."""

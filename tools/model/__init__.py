"""The captioning networks: encoders, decoder and beam search, in two sizes of the same code."""

"""A run on the shelf: its entry in a list, thinned for disk, and made fit to be given away."""

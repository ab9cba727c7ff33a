"""Model files on this machine: where they lie, what their headers say, what tells them apart."""

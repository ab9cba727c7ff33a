"""One server supervised: started, watched, ended; one task owns its state."""

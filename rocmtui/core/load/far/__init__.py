"""Load processes on other machines: where they run, their clocks, and what is told of each host."""

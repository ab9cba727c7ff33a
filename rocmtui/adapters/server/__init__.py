"""llama-server as a program: found, asked, started, stopped; and servers that run already."""

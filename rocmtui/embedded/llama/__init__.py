"""llama.cpp's own server from a wheel, behind llama-server's command line."""

"""Pure logic: no I/O, no clock, no asyncio. Time is told, never asked."""

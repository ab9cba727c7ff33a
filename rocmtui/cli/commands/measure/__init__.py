"""Commands that measure: load, bench, sweep, compare, selftest."""

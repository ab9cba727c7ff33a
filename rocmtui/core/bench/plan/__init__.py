"""What a bench is to measure: suites, variants, cells in their order, and the file that describes them."""

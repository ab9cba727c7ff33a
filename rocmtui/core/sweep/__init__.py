"""A sweep: which load comes next, what the levels showed, the advice; also the schemas of bench and sweep."""

"""A load as it is typed: its fields, what is wrong with them, the scenario they make, and a load in words."""

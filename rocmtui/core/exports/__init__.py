"""What others read of a run, bench or sweep: CSV, JUnit, benchmark trackers, llama-bench's rows, cards."""

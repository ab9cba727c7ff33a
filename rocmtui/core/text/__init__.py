"""Words and marks: untrusted text made safe, amounts, blocks, tables. Knows of no subject."""

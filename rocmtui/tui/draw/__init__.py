"""From figures to lines: format, palette, themes, and the bases of all hand-drawn widgets and screens."""

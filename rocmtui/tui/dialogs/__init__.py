"""What lies over a screen for a moment: questions, help, explanations, pages of text."""

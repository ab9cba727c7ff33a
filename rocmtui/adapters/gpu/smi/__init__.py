"""AMD's SMI library through pyrsmi: where it lies, how it is called, whose figures count."""

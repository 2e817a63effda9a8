"""From a number back to the lines that it was made of, and from a case forward to its outcomes; for internal use."""

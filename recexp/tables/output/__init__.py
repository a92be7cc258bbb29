"""Write a table for the terminal, for papers and for programs."""

"""What is done with people and their access, one function for each."""

"""Tools for the person who works on the project; nothing that runs imports them."""

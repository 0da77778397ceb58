"""A finished study, shown: HTML, JSON, terminal, and the folder that holds all of it."""

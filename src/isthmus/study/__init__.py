"""The recipes: the only rooms where verbs meet."""

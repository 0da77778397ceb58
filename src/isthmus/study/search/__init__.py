"""The ladder search: estimate all steps, accept greedily, hunt for counterexamples, keep every rung."""

"""The steps, the graph, the runner and the session: the whole house."""

"""YAML -> typed settings, targets and source mappings."""

"""Scripts run by another Python, the one that has libRoadRunner or COPASI: nothing here imports isthmus."""

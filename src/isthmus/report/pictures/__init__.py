"""The pictures of the report, one file each: time scales, staircase, overlay."""

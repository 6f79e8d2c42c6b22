"""Is everything well? Checks that look and never change anything."""

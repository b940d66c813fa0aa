"""What belongs to one chapter alone: a module or folder for each notebook."""

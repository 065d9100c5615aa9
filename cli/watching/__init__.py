"""What `leadline watch` shows: asked of a run's metrics and of its store, and put into one frame."""

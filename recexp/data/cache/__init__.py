"""Keep prepared datasets on disk, each under a hash of everything it depends on."""

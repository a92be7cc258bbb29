"""Keep prepared datasets on disk under the hash of everything they depend on."""

//go:build amd64 || arm64

package hub

// pause tells the core that it is in a spin loop.
func pause()

//go:build !linux

package doc

func swap(fresh, path string) error { return swapByRenames(fresh, path) }

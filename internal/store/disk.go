package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// A disk is what a run writes through. Tests put a full one in its place.
type disk interface {
	open(path string, flag int) (file, error)
	rename(from, to string) error
	syncDir(dir string) error
}

// A file is an open file of a disk.
type file interface {
	io.WriteCloser
	Sync() error
	Truncate(size int64) error
}

// system is the operating system's disk.
type system struct{}

func (system) open(path string, flag int) (file, error) { return os.OpenFile(path, flag, 0o644) }
func (system) rename(from, to string) error             { return os.Rename(from, to) }

// syncDir makes a rename or a new file in dir survive a power cut.
func (system) syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// replace writes content to name in dir so that a reader, or a machine that
// loses power, sees either the old file or the new one. It reports whether the
// new one is in place, which it may be even when an error is returned.
func replace(d disk, dir, name string, content []byte) (done bool, err error) {
	temporary := filepath.Join(dir, temporaryName)
	err = writeSynced(d, temporary, content)
	if err == nil {
		err = d.rename(temporary, filepath.Join(dir, name))
	}
	if err != nil {
		os.Remove(temporary) // Note: its loss is what the caller is told of; Resume replaces a leftover.
		return false, err
	}
	return true, d.syncDir(dir)
}

func writeSynced(d disk, path string, content []byte) error {
	f, err := d.open(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	return errors.Join(writeAll(f, path, content), f.Close())
}

// writeAll writes content in one call and syncs it.
func writeAll(f file, path string, content []byte) error {
	n, err := f.Write(content)
	if err != nil {
		return err
	}
	if n < len(content) {
		return fmt.Errorf("write %s: %w", path, io.ErrShortWrite)
	}
	return f.Sync()
}

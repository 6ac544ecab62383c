package store

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A faultyDisk is the real one until it is told to fail.
type faultyDisk struct {
	system
	room       int64 // bytes that fit, of all files together; -1 for no limit
	short      bool  // a write that does not fit reports no error
	noRename   bool
	noSyncDir  bool
	noCut      bool
	afterWrite func(path string) // runs behind each write
}

func (d *faultyDisk) open(path string, flag int) (file, error) {
	f, err := d.system.open(path, flag)
	if err != nil {
		return nil, err
	}
	return &faultyFile{file: f, disk: d, path: path}, nil
}

func (d *faultyDisk) rename(from, to string) error {
	if d.noRename {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: syscall.EIO}
	}
	return d.system.rename(from, to)
}

func (d *faultyDisk) syncDir(dir string) error {
	if d.noSyncDir {
		return &os.PathError{Op: "sync", Path: dir, Err: syscall.EIO}
	}
	return d.system.syncDir(dir)
}

type faultyFile struct {
	file
	disk *faultyDisk
	path string
}

func (f *faultyFile) Write(p []byte) (int, error) {
	if f.disk.room >= 0 && int64(len(p)) > f.disk.room {
		n, err := f.file.Write(p[:f.disk.room])
		f.disk.room = 0
		if err == nil && !f.disk.short {
			err = &os.PathError{Op: "write", Path: f.path, Err: syscall.ENOSPC}
		}
		return n, err
	}
	if f.disk.room >= 0 {
		f.disk.room -= int64(len(p))
	}
	n, err := f.file.Write(p)
	if f.disk.afterWrite != nil {
		f.disk.afterWrite(f.path)
	}
	return n, err
}

func (f *faultyFile) Truncate(size int64) error {
	if f.disk.noCut {
		return &os.PathError{Op: "truncate", Path: f.path, Err: syscall.EIO}
	}
	return f.file.Truncate(size)
}

// recordOn begins a run of two trials on a disk and records the first.
func recordOn(t *testing.T, d disk) (dir string, r *Run) {
	t.Helper()
	dir = t.TempDir()
	r, err := create(d, dir, testManifest(2))
	if err == nil {
		err = r.Append(testTrial(0)...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir, r
}

// TestFullDisk fills the disk at every place at which a trial could meet the
// end of it: in the samples, between the files, in the manifest.
func TestFullDisk(t *testing.T) {
	for _, short := range []bool{false, true} {
		for room := int64(0); ; room += 61 {
			d := &faultyDisk{room: -1, short: short}
			dir, r := recordOn(t, d)
			d.room = room
			err := r.Append(testTrial(1)...)
			if err == nil {
				if room < 2000 {
					t.Fatalf("a trial fitted into %d bytes", room)
				}
				r.Close()
				break
			}
			wantErr(t, err, "record trial 1", dir)
			if got := wantSound(t, dir); len(got.Samples) != 3 {
				t.Fatalf("room for %d bytes: got %d samples on disk, want the 3 of trial 0", room, len(got.Samples))
			}
			d.room = -1
			if err := errors.Join(r.Append(testTrial(1)...), r.Finish()); err != nil {
				t.Fatalf("with room again: %v", err)
			}
			if got := wantSound(t, dir); len(got.Samples) != 6 {
				t.Fatalf("with room again: got %d samples, want 6", len(got.Samples))
			}
		}
	}
}

func TestFullDiskAtCreateAndFinish(t *testing.T) {
	d := &faultyDisk{room: 100}
	dir := t.TempDir()
	_, err := create(d, dir, testManifest(1))
	wantErr(t, err, "create run in "+dir, "no space left")
	d.room = -1
	r, err := create(d, dir, testManifest(1))
	if err != nil {
		t.Fatalf("create with room again: %v", err)
	}
	if err := r.Append(testTrial(0)...); err != nil {
		t.Fatal(err)
	}
	d.room = 100
	wantErr(t, r.Finish(), "finish run in "+dir, "no space left")
	if got := wantSound(t, dir); got.Manifest.State != Running {
		t.Errorf("got state %q after a failed finish, want %q", got.Manifest.State, Running)
	}
}

func TestDiskErrors(t *testing.T) {
	d := &faultyDisk{room: -1}
	dir := t.TempDir()
	r, err := create(d, dir, testManifest(2))
	if err != nil {
		t.Fatal(err)
	}
	d.noRename = true
	wantErr(t, r.Append(testTrial(0)...), "trial 0", "rename")
	if got := wantSound(t, dir); len(got.Samples) != 0 {
		t.Errorf("got %d samples after a failed rename, want none", len(got.Samples))
	}
	d.noRename, d.noSyncDir = false, true
	wantErr(t, r.Append(testTrial(0)...), "trial 0", "sync")
	wantErr(t, r.Append(testTrial(1)...), "sync") // the disk is not to be trusted any more
	if got := wantSound(t, dir); len(got.Samples) != 3 {
		t.Errorf("got %d samples after a failed sync of the folder, want 3", len(got.Samples))
	}
	wantErr(t, r.Finish(), "sync")
}

func TestTailThatCannotBeCut(t *testing.T) {
	d := &faultyDisk{room: -1}
	dir := t.TempDir()
	r, err := create(d, dir, testManifest(1))
	if err != nil {
		t.Fatal(err)
	}
	d.room, d.noCut = 10, true
	wantErr(t, r.Append(testTrial(0)...), "no space left", "could not be cut back", SamplesName)
	wantErr(t, r.Append(testTrial(0)...), "could not be cut back")
	wantErr(t, r.Finish(), "could not be cut back")
	d.room, d.noCut = -1, false
	resumed, err := Resume(dir, allowed)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(resumed.Append(testTrial(0)...), resumed.Finish()); err != nil {
		t.Fatal(err)
	}
	wantSound(t, dir)
}

// TestKilledAtEveryWrite copies the folder at each moment a process could be
// killed, and resumes the copy.
func TestKilledAtEveryWrite(t *testing.T) {
	for _, at := range []string{SamplesName, temporaryName} {
		d, killed := &faultyDisk{room: -1}, filepath.Join(t.TempDir(), "killed")
		dir, r := recordOn(t, d)
		d.afterWrite = func(path string) {
			if filepath.Base(path) == at {
				os.RemoveAll(killed)
				if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
					t.Error(err)
				}
			}
		}
		if err := r.Append(testTrial(1)...); err != nil {
			t.Fatal(err)
		}
		r.Close()
		if problems(killed) == nil {
			t.Errorf("killed behind %s: verify found nothing", at)
		}
		resumeKilled(t, killed)
	}
}

func resumeKilled(t *testing.T, dir string) {
	t.Helper()
	r, err := Resume(dir, allowed)
	if err != nil {
		t.Fatal(err)
	}
	if left := r.Pending(); len(left) != 1 || left[0].Number != 1 {
		t.Errorf("got pending %v, want trial 1", left)
	}
	warnings := strings.Join(r.Manifest().Warnings, "\n")
	if !strings.Contains(warnings, "after 1 trials") || !strings.Contains(warnings, "discarded") {
		t.Errorf("got warnings %q, want one of the resumption and the discarded bytes", warnings)
	}
	if got := wantSound(t, dir); len(got.Samples) != 3 {
		t.Errorf("got %d samples, want 3", len(got.Samples))
	}
	if err := errors.Join(r.Append(testTrial(1)...), r.Finish()); err != nil {
		t.Fatal(err)
	}
	if got := wantSound(t, dir); len(got.Samples) != 6 {
		t.Errorf("got %d samples, want 6", len(got.Samples))
	}
}

func TestResumeRefuses(t *testing.T) {
	_, err := Resume(finished(t, 1), allowed)
	wantErr(t, err, "is complete")
	_, err = Resume(t.TempDir(), allowed)
	wantErr(t, err, ManifestName)

	dir := t.TempDir()
	r := record(t, dir, 2, 3)
	_, err = Resume(dir, allowed)
	wantErr(t, err, dir, "another process is writing")
	r.Close()
	for _, name := range []string{ManifestName, SamplesName} {
		path := filepath.Join(dir, name)
		sound, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		edited := append([]byte{}, sound...)
		edited[len(edited)/2] ^= 1
		for _, content := range [][]byte{edited, sound[:len(sound)-1]} {
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Resume(dir, allowed)
			wantErr(t, err, path)
		}
		if err := os.WriteFile(path, sound, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if r, err = Resume(dir, allowed); err != nil {
		t.Fatal(err)
	}
	r.Close()
}

// TestFileSizeLimit lets the operating system refuse the write: a child process
// records trials under a limit on the size of a file.
func TestFileSizeLimit(t *testing.T) {
	const key = "COPYTAX_TEST_LIMITED_RUN"
	if dir := os.Getenv(key); dir != "" {
		recordUnderLimit(t, dir)
		return
	}
	dir := filepath.Join(t.TempDir(), "run")
	child := exec.Command(os.Args[0], "-test.run=^TestFileSizeLimit$")
	child.Env = append(os.Environ(), key+"="+dir)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	got := wantSound(t, dir)
	if n := len(got.Samples); n == 0 || n%3 != 0 {
		t.Errorf("got %d samples on disk, want those of whole trials", n)
	}
}

func recordUnderLimit(t *testing.T, dir string) {
	r, err := Create(dir, testManifest(100))
	if err != nil {
		t.Fatal(err)
	}
	limit := syscall.Rlimit{Cur: 8000, Max: 8000}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	for trial := range 100 {
		if err := r.Append(testTrial(trial)...); err != nil {
			wantErr(t, err, fmt.Sprintf("record trial %d", trial), "file too large", SamplesName)
			return
		}
	}
	t.Error("100 trials fitted into 8,000 bytes")
}

// A pipe under the name of a file is a mistake, not something to wait for.
func TestPipesAreNotRead(t *testing.T) {
	for _, name := range []string{ManifestName, SamplesName} {
		dir := finished(t, 1)
		path := filepath.Join(dir, name)
		if err := errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)); err != nil {
			t.Fatal(err)
		}
		_, err := Load(dir, stubs)
		wantErr(t, err, name, "no regular file")
	}
}

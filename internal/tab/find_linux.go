package tab

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// browsers are the programs that are looked for, the best first: the one without
// windows is there in a third of the time and has half the threads.
var browsers = []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// programs is where Debian has the programs themselves that its scripts in PATH start.
const programs = "/usr/lib/chromium"

// Find returns the path of the browser: of path, a file or a name in PATH, or of the
// first of those that are known where it is empty. Where a distribution has put a script
// before it, it is the program itself: the script would be who is waited for.
func Find(path string) (string, error) {
	if path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			return "", fmt.Errorf("find the browser: %w", err)
		}
		return behindScript(found), nil
	}
	for _, name := range browsers {
		if found, err := exec.LookPath(name); err == nil {
			return behindScript(found), nil
		}
	}
	return "", errors.New("no browser: neither chromium-headless-shell nor chromium nor google-chrome is in PATH; " +
		"Debian has the first as the package of that name")
}

// behindScript returns the program of the same name that a script of Debian starts, or
// path itself.
func behindScript(path string) string {
	program := filepath.Join(programs, filepath.Base(path))
	if info, err := os.Stat(program); err == nil && info.Mode().Perm()&0o111 != 0 && filepath.Dir(path) != programs && isScript(path) {
		return program
	}
	return path
}

func isScript(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 2)
	_, err = io.ReadFull(f, head)
	return err == nil && bytes.Equal(head, []byte("#!"))
}

// Package lab starts the processes of an experiment, and sees to it that none is
// left.
//
// There is one launcher for everything that copytax starts: it keeps the thread
// that a process's life hangs on, gives each a process group of its own, keeps
// the end of what it complains, and can say how it ended. Above it is a protocol
// for workers that say when they are ready and what they found, in lines of JSON.
// Roles, which also exchange addresses and must notice each other's death, have a
// protocol of their own in internal/control. Start at [Lab.Start] for a worker, at
// [Protocol] for the worker's side, at [Lab.Launch] for any other program.
package lab

import (
	"os"
	"runtime"
	"sync"
)

// A Lab starts processes for one trial after another. Its methods may be called
// by any goroutine.
type Lab struct {
	exe      string
	launches chan func()

	mu      sync.Mutex
	running []*Process
}

// WorkerVerb is the hidden verb with which copytax starts itself as a worker.
const WorkerVerb = "worker"

// New returns a lab. exe is this program, which does the jobs that it is asked
// for as "exe worker JOB", and is found by Self.
func New(exe string) *Lab {
	l := &Lab{exe: exe, launches: make(chan func())}
	// The operating system kills a process when the thread that started it ends: with
	// a thread for that alone it does so when this program dies, however it does.
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for launch := range l.launches {
			launch()
		}
	}()
	return l
}

// Self is the program that is worker and role: this one.
func (l *Lab) Self() string { return l.exe }

// Close kills what is left and ends the thread, and with it every process.
func (l *Lab) Close() {
	l.Clear()
	close(l.launches)
}

// Clear kills every process that is left, with its group, and waits for all to be
// gone.
func (l *Lab) Clear() {
	l.mu.Lock()
	left := l.running
	l.running = nil
	l.mu.Unlock()
	for _, p := range left {
		p.Kill()
	}
	for _, p := range left {
		<-p.gone
		p.closePipes()
	}
}

// Close closes files that processes have inherited. They have their own.
func Close(files []*os.File) {
	for _, f := range files {
		_ = f.Close() // nothing is buffered here
	}
}

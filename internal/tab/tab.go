// Package tab is the runtime of roles that live in a tab of a browser: it starts
// Chromium, serves the page and its modules, and connects the page with the supervisor.
//
// A browser is started for one page, in a folder of its own, and nothing of either is
// left behind. The page hears of the supervisor by a WebSocket, on which it speaks the
// control protocol, and may ask for the processor time of the browser's processes, which
// it cannot read itself. What the page does is the affair of browser/src. DevTools serve
// to start a page, to hear that it has crashed, and to take pictures: while a trial is
// measured they are silent.
//
// Start at [Runtime] for a role, at [Launch] and [Browser.Open] for any other page, at
// [Probe] to find out whether a browser can do it. It works on Linux only.
package tab

import (
	"io/fs"

	"github.com/copytax/copytax/internal/control"
)

// A Runtime is the runtime [copytax.Tab]: it starts a browser for each process that it
// is asked for. The page is index.html of its site.
type Runtime struct {
	Options Options
	Site    Site
}

var (
	_ control.Runtime = Runtime{}
	_ control.Several = (*Process)(nil)
)

// Options say how a browser is started. The zero value is the browser of [Find].
type Options struct {
	Path          string // of the browser; empty for the one of Find
	Width, Height int    // of the page, in pixels; 0 means 800 and 600
}

// A Site is what a page can load: the files of FS, and those of Files on top of them by
// their paths, such as "flock.wasm". Both are the caller's and must not change.
type Site struct {
	FS    fs.FS // may be nil
	Files map[string][]byte

	shared bool // tests: the page is not isolated from others
}

// An Adapter is what draws for a browser.
type Adapter struct {
	Browser      string `json:"browser"` // its version, such as "HeadlessChrome/156.0.8078.108"
	Vendor       string `json:"vendor"`
	Architecture string `json:"architecture"` // "swiftshader" where the processor draws
	Description  string `json:"description"`
	Fallback     bool   `json:"fallback"` // by the browser's own account, no hardware
}

// A Mark is what the processes of a browser have used so far, from their start, in ns.
// Those that have ended are not in it.
type Mark struct {
	At      int64 `json:"at_ns"`          // CLOCK_MONOTONIC, before the rest was read
	Tab     int64 `json:"tab_cpu_ns"`     // the process of the page and its workers
	GPU     int64 `json:"gpu_cpu_ns"`     // the process that draws
	Browser int64 `json:"browser_cpu_ns"` // the first process
	Other   int64 `json:"other_cpu_ns"`   // network, storage and the like
	// TabRunDelay is how long threads of the page were runnable and had no processor.
	TabRunDelay int64 `json:"tab_run_delay_ns"`
	// Threads are those of the page's process, by their ids. A thread that has ended
	// takes its numbers along.
	Threads map[int]Thread `json:"threads"`
}

// A Thread is what one thread has used so far.
type Thread struct {
	CPU   int64  `json:"cpu_ns"`
	Delay int64  `json:"delay_ns"`       // as of Mark.TabRunDelay
	Main  bool   `json:"main,omitempty"` // the page's own
	Name  string `json:"name"`           // such as "DedicatedWorker"; all workers have the same
}

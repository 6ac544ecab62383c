package transporttest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/copytax/copytax"
	"github.com/copytax/copytax/experiment/lab"
)

// A call is what a role asks its link for.
type call uint32

const (
	none call = iota
	opening
	loaningGenome
	publishingPolicy
	acquiringPolicy
	loaningFrame
	publishingFrame
	acquiringFrame
	acquiringLatest
	releasingFrame
	awaitingUse
	closing
	ended // the role has: no call is due
)

func (c call) String() string {
	return [...]string{
		"no call", "open", "loan genome", "publish policy", "acquire policy", "loan frame", "publish frame",
		"acquire frame", "acquire latest", "release frame", "await use of frame", "close", "ended",
	}[c]
}

// sender returns the role whose message a call waits for, and whether it waits for one.
func (c call) sender() (copytax.Role, bool) {
	switch c {
	case acquiringPolicy:
		return copytax.Kernel, true
	case acquiringFrame, acquiringLatest:
		return copytax.Engine, true
	case awaitingUse:
		return copytax.Viewer, true
	}
	return 0, false
}

// A board shows what every role is at. Roles that are processes have it in memory that
// they share, so it holds nothing but atomic words.
type board struct {
	roles    [copytax.NumRoles]post
	filled   atomic.Uint64 // epoch+1 of the last frame that the engine has written
	released atomic.Uint64 // epoch+1 of the last frame that the viewer was about to release
}

// A post is a role's place on the board.
type post struct {
	call  atomic.Uint32
	epoch atomic.Uint64
	since atomic.Int64  // lab.Nanotime of the start of the call
	sent  atomic.Uint64 // epoch+1 of the last policy, frame or use of one that the role has sent
}

const boardBytes = int(unsafe.Sizeof(board{}))

// boardIn returns the board in memory of boardBytes, which must outlive it.
func boardIn(mem []byte) *board {
	// SAFETY: a mapping starts on a page and holds boardBytes; a board has no pointers,
	// and zeros are an empty one.
	return (*board)(unsafe.Pointer(unsafe.SliceData(mem[:boardBytes])))
}

func (p *post) begin(c call, epoch uint64) {
	p.since.Store(lab.Nanotime())
	p.epoch.Store(epoch)
	p.call.Store(uint32(c))
}

// end ends a call, in which the role has sent a message unless it failed.
func (p *post) end(c call, epoch uint64, err error) {
	if err == nil && (c == publishingPolicy || c == publishingFrame || c == releasingFrame) {
		p.sent.Store(epoch + 1)
	}
	p.call.Store(uint32(none))
}

// A stay is a role in a call.
type stay struct {
	role  copytax.Role
	call  call
	epoch uint64
	long  time.Duration
}

// stays returns the roles that are in a call: first those whose call waits for no
// message or for one that is not due, which are to blame, then those that wait for the
// earliest message. Each message is sent by a role that waits for none but earlier ones.
func (b *board) stays() (all []stay) {
	for role := range copytax.NumRoles {
		p := &b.roles[role]
		s := stay{role, call(p.call.Load()), p.epoch.Load(), time.Duration(lab.Nanotime() - p.since.Load())}
		if s.call != none && s.call != ended {
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(x, y stay) int { return cmp.Compare(b.blame(x), b.blame(y)) })
	return all
}

// blame is the smaller the more the role is to blame.
func (b *board) blame(s stay) uint64 {
	sender, waits := s.call.sender()
	if !waits || !b.due(s) {
		return 0
	}
	return 1 + s.epoch*uint64(copytax.NumRoles) + uint64(sender)
}

// due reports whether a role waits for the message that its own last one brings. The
// kernel may wait for frames of some ticks ago.
func (b *board) due(s stay) bool {
	return s.role == copytax.Kernel || b.roles[s.role].sent.Load() == s.epoch
}

// say says where a role is, and what of.
func (b *board) say(s stay) string {
	text := fmt.Sprintf("%s is in %s %d for %v", s.role, s.call, s.epoch, s.long.Round(time.Millisecond))
	if s.call == opening || s.call == closing {
		text = fmt.Sprintf("%s is in %s for %v", s.role, s.call, s.long.Round(time.Millisecond))
	}
	sender, waits := s.call.sender()
	switch {
	case !waits:
		return text
	case !b.due(s):
		return text + ", which is not due"
	case b.roles[sender].sent.Load() > s.epoch:
		return fmt.Sprintf("%s, which the %s has sent", text, sender)
	}
	return fmt.Sprintf("%s, which the %s has not sent", text, sender)
}

// whereabouts says what each role that is in a call waits for, the root of it first.
func (b *board) whereabouts() string {
	var parts []string
	for _, s := range b.stays() {
		parts = append(parts, b.say(s))
	}
	if len(parts) == 0 {
		return "no role is in a call"
	}
	return strings.Join(parts, "; ")
}

// errStuck ends a trial with a call that takes too long.
var errStuck = errors.New("stuck")

// watch cancels a trial in which a call takes longer than patience, until stop is
// closed.
func (b *board) watch(patience time.Duration, stop <-chan struct{}, cancel func(error)) {
	ticker := time.NewTicker(patience / 50)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			if slices.ContainsFunc(b.stays(), func(s stay) bool { return s.long > patience }) {
				cancel(fmt.Errorf("%w, a call may take %v: %s", errStuck, patience, b.whereabouts()))
				return
			}
		}
	}
}

// within returns the error of f, or one that says that it is not back in time. A panic
// of f is an error.
func within(patience time.Duration, what string, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- caught(what, f) }()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return fmt.Errorf("%w: %s is not back within %v", errStuck, what, patience)
	}
}

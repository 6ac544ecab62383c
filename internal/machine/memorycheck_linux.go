package machine

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/copytax/copytax/zerocopy"
	"github.com/copytax/copytax/zerocopy/hub"
	"golang.org/x/sys/unix"
)

// needBytes estimates, from above, the memory of a trial: the hub, and in each
// process a runtime and what the most wasteful codec holds, a message a boid
// as objects, as text and as columns, before the collector runs.
func needBytes(boids int) int64 {
	const runtimeBytes, perFrame = 64 << 20, 40
	layout := zerocopy.Layout{Boids: boids, Slots: 3}
	hub := int64(layout.OrdersBytes() + layout.FramesBytes() + zerocopy.PageBytes)
	return hub + roles*(runtimeBytes+perFrame*int64(layout.FrameBytes()))
}

func judgeMemory(need, available, limit int64, boids int) Check {
	c := ok("memory", "%s available, about %s needed for %d boids", bytesText(available), bytesText(need), boids)
	if limit > 0 {
		c.Detail += ", control groups allow " + bytesText(limit)
		available = min(available, limit)
	}
	return c.unless(available >= need, Limited,
		"the largest worlds may not fit: such a trial fails and is recorded as failed", "run fewer boids, or free memory")
}

func judgeSwap(used, total int64) Check {
	return ok("swap", "%s used of %s", bytesText(used), bytesText(total)).unless(used == 0, Limited,
		"pages that come back from swap appear as waiting in whichever phase touches them; major faults are counted",
		"turn swap off for the run")
}

// judgeHugePages warns where the two arms of a comparison get different pages.
func judgeHugePages(private, shared string) Check {
	differ := private == "always" && (shared == "never" || shared == "deny" || shared == "")
	c := ok("huge pages", "private memory %s, shared memory %s", cmp.Or(private, "unknown"), cmp.Or(shared, "unknown"))
	return c.unless(!differ, Limited,
		"copying transports work on huge pages and shared memory on small ones: shared memory pays for more address translation",
		"set shmem_enabled to advise or always, or transparent_hugepage/enabled to madvise")
}

// sharedMemoryCheck makes a region of the hub as a run does, and then tries
// what the seals are to forbid.
func sharedMemoryCheck() Check {
	return tried("shared memory", trySharedMemory(),
		"memfd mapped twice, a write seen through the other mapping, resizing and a second writer refused by seals; the size of /dev/shm does not matter",
		"the shared-memory transports cannot run", "needs memfd_create and F_SEAL_FUTURE_WRITE: Linux 5.1 or newer, and a sandbox that allows them")
}

func trySharedMemory() (err error) {
	layout := zerocopy.Layout{Boids: 100, Slots: 3}
	file, err := hub.Create(zerocopy.Frames, layout)
	if err != nil {
		return err
	}
	defer file.Close()
	writer, err := hub.MapWritable(file, zerocopy.Frames, layout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Unmap(writer)) }()
	reader, err := hub.MapReadOnly(file, zerocopy.Frames, layout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Unmap(reader)) }()
	word, at := []byte("copytax"), layout.FrameOffset(0)
	copy(writer[at:], word)
	if !bytes.Equal(reader[at:at+len(word)], word) {
		return fmt.Errorf("a write to one mapping of a memfd is not seen through another")
	}
	return trySeals(file, layout)
}

// trySeals succeeds when the operating system refuses what it should.
func trySeals(file *os.File, layout zerocopy.Layout) error {
	size := layout.FramesBytes()
	if file.Truncate(int64(size)/2) == nil {
		return fmt.Errorf("a memfd sealed against shrinking was truncated")
	}
	again, err := unix.Mmap(int(file.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil
	}
	return errors.Join(fmt.Errorf("a memfd sealed against writers was mapped writable"), unix.Munmap(again))
}

// futexCheck wakes a sleeper through another mapping of the same page, as a
// role in another process would be. A wake that got lost would show as a sleep
// of a tenth of a second, the longest that a sleeper allows itself.
func futexCheck() Check {
	const name = "futex"
	wakes, err := timeWakes(21)
	if err != nil {
		return failed(name, err, "the shared-memory transports that sleep cannot run", "allow the futex system call on shared pages")
	}
	slices.Sort(wakes)
	median := wakes[len(wakes)/2]
	c := ok(name, "a sleeper was woken through another mapping in %v (median of %d)", median, len(wakes))
	return c.unless(median < 50*time.Millisecond, Unavailable,
		"wakes between mappings get lost: the shared-memory transports that sleep would crawl", "allow futexes that are not private")
}

// timeWakes returns the times from posting a value on one mapping of a control
// page to its waiter on another mapping having seen it. Rounds in which the
// waiter was not asleep yet prove nothing and are repeated.
func timeWakes(rounds int) (wakes []time.Duration, err error) {
	layout := zerocopy.Layout{Boids: 1, Slots: 3}
	file, err := hub.Create(zerocopy.Control, layout)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	post, err := hub.MapWords(file, layout)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, post.Unmap()) }()
	await, err := hub.MapWords(file, layout)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, await.Unmap()) }()
	for value := uint64(1); len(wakes) < rounds; value++ {
		if value > uint64(20*rounds) {
			return nil, fmt.Errorf("a waiter was asleep in %d of %d rounds, want %d", len(wakes), value-1, rounds)
		}
		took, slept, err := timeWake(post.Policy(), await.Policy(), value)
		if err != nil {
			return nil, err
		}
		if slept {
			wakes = append(wakes, took)
		}
	}
	return wakes, nil
}

// timeWake posts a value to a waiter that had time to fall asleep. It did when
// the post needed a system call.
func timeWake(post, await hub.Signal, value uint64) (took time.Duration, slept bool, err error) {
	awake := make(chan error, 1)
	go func() {
		_, _, err := await.Await(value, hub.Park)
		awake <- err
	}()
	time.Sleep(200 * time.Microsecond)
	begin := time.Now()
	calls := post.Post(value)
	err = <-awake
	return time.Since(begin), calls > 0, err
}

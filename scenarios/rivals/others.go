package rivals

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/copytax/copytax/experiment/lab"
)

// tick is the unit of /proc/stat on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// An account tells the processor time of this program and its workers from that of
// everything else on the machine. A worker counts from when it was waited for.
type account struct {
	at   time.Time
	all  time.Duration // every processor's busy time since boot
	ours time.Duration
}

func newAccount() (account, error) {
	all, err1 := machineBusy()
	ours, err2 := ownCPU()
	return account{at: time.Now(), all: all, ours: ours}, errors.Join(err1, err2)
}

// others returns how many processors everything else took since before, on
// average; coarse, since the machine's account is kept in ticks.
func (a account) others(before account) float64 {
	theirs := (a.all - before.all) - (a.ours - before.ours)
	return max(0, theirs.Seconds()/a.at.Sub(before.at).Seconds())
}

// machineBusy reads the first line of /proc/stat (proc_stat(5)), ticks of all
// processors. What a hypervisor took for other guests counts as taken by others.
func machineBusy() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	var user, nice, system, idle, ioWait, irq, softIRQ, steal int64
	if _, err := fmt.Sscanf(string(text), "cpu %d %d %d %d %d %d %d %d", &user, &nice, &system, &idle, &ioWait, &irq, &softIRQ, &steal); err != nil {
		return 0, fmt.Errorf("ticks of all processors in /proc/stat: %w", err)
	}
	return time.Duration(user+nice+system+irq+softIRQ+steal) * tick, nil
}

func ownCPU() (time.Duration, error) {
	self, err1 := lab.CPUNS(lab.OfProcess)
	children, err2 := lab.ChildUsage()
	return time.Duration(self) + children.CPU, errors.Join(err1, err2)
}

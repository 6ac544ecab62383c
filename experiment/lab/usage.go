package lab

import "time"

// A Usage is what the operating system has counted for processes.
type Usage struct {
	CPU                                    time.Duration
	VoluntarySwitches, InvoluntarySwitches int64
	MinorFaults, MajorFaults               int64
}

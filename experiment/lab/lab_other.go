//go:build !linux

package lab

import (
	"os"
	"os/exec"

	"github.com/copytax/copytax"
)

// Without Linux no process is started: nothing here is reached behind [Lab.Launch].

// The clocks of processor time, none of which can be read here.
const (
	OfProcess Clock = iota
	OfThread
)

// CPUNS fails here.
func CPUNS(Clock) (int64, error) { return 0, copytax.ErrPlatform }

// CPUOf cannot be read here.
func CPUOf(int) int64 { return 0 }

// Descendants finds nobody here.
func Descendants(int) []int { return nil }

// ThisThread is no clock here.
func ThisThread() Clock { return OfThread }

// OwnUsage fails here.
func OwnUsage() (Usage, error) { return Usage{}, copytax.ErrPlatform }

// ChildUsage fails here.
func ChildUsage() (Usage, error) { return Usage{}, copytax.ErrPlatform }

// SocketPair fails here.
func SocketPair(string) (ends [2]*os.File, err error) { return ends, copytax.ErrPlatform }

// Duplicate fails here.
func Duplicate(*os.File) (*os.File, error) { return nil, copytax.ErrPlatform }

func lead(*exec.Cmd) error             { return copytax.ErrPlatform }
func awaitEnd(int)                     {}
func killGroup(int)                    {}
func killedBy(*os.ProcessState) string { return "" }

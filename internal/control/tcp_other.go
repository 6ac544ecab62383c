//go:build !linux

package control

import "errors"

func tcpSent() (int64, error) { return 0, errors.New("only Linux says what a connection has sent") }

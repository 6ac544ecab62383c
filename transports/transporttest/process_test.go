package transporttest

import (
	"strings"
	"testing"
)

// A test binary without a Main would run its tests as each role, and they would start
// it again.
func TestABinaryWithoutMainIsToldWhatToAdd(t *testing.T) {
	t.Setenv(mainVariable, "")
	if program, err := self(); err == nil || !strings.Contains(err.Error(), "transporttest.Main(m") {
		t.Errorf("got %q and %v, want what to add", program, err)
	}
}

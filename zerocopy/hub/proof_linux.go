package hub

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/copytax/copytax"
)

// ProvePayload is Prove for a payload that is no frame.
func ProvePayload(payload []byte, hub *os.File) (copytax.AddressProof, error) {
	// SAFETY: the address is a number to compare, and nothing is read at it.
	at := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(payload))))
	st, err := hub.Stat()
	if err != nil {
		return copytax.AddressProof{}, fmt.Errorf("prove address: %w", err)
	}
	sys := st.Sys().(*syscall.Stat_t) // os on Linux gives no other type
	proof := copytax.AddressProof{Address: fmt.Sprintf("%#x", at), HubDevice: sys.Dev, HubInode: sys.Ino}
	if err := locate(at, &proof); err != nil {
		return proof, err
	}
	return proof, nil
}

// A mapping is a line of proc_pid_maps(5), or the first one of an entry of
// proc_pid_smaps(5): start-end perms offset major:minor inode path.
type mapping struct {
	start, end, offset, inode uint64
	major, minor              uint32
	perms, path               string
}

// parseMapping reads such a line, and reports whether it is one.
func parseMapping(line string) (m mapping, ok bool) {
	_, err := fmt.Sscanf(line, "%x-%x %s %x %x:%x %d", &m.start, &m.end, &m.perms, &m.offset, &m.major, &m.minor, &m.inode)
	if i := strings.IndexByte(line, '/'); i >= 0 {
		m.path = line[i:]
	}
	return m, err == nil
}

// locate fills in the mapping that holds the address, from /proc/self/maps.
func locate(at uint64, proof *copytax.AddressProof) error {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return fmt.Errorf("prove address: %w", err)
	}
	defer maps.Close()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		m, ok := parseMapping(lines.Text())
		if !ok || at < m.start || at >= m.end {
			continue
		}
		proof.Mapping, proof.Path = fmt.Sprintf("%#x-%#x %s", m.start, m.end, m.perms), m.path
		proof.FileOffset = int64(m.offset + at - m.start)
		proof.MapDevice, proof.MapInode = unix.Mkdev(m.major, m.minor), m.inode
		return nil
	}
	return fmt.Errorf("prove address: %#x lies in no mapping of this process", at)
}

package attach

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

const (
	backlog   = 16 // connections that wait to be accepted
	maxPassed = 3  // descriptors in a welcome
)

// Listen returns a listening socket for [Serve]. A name that starts with @
// lies in the abstract namespace, of which nothing is left once the socket's
// last holder is gone, however it went. "" picks such a name at random. Any
// other name is a path, of mode 0600; a socket that is there already is
// replaced if nobody answers on it. The caller owns the file, which a child
// may inherit; its name says where it listens.
func Listen(name string) (*os.File, error) {
	if name == "" {
		name = "@copytax-" + rand.Text()
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", name, err)
	}
	socket := os.NewFile(uintptr(fd), name)
	if err := bind(fd, name); err != nil {
		socket.Close()
		return nil, fmt.Errorf("listen on %s: %w", name, err)
	}
	return socket, nil
}

func bind(fd int, name string) error {
	if !isAbstract(name) {
		if err := clearStale(name); err != nil {
			return err
		}
		// The mode of the socket's inode is what the file system creates it
		// with, so that there is no moment at which others could connect.
		if err := unix.Fchmod(fd, 0o600); err != nil {
			return err
		}
	}
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: name}); err != nil {
		if errors.Is(err, unix.EADDRINUSE) {
			return fmt.Errorf("somebody else listens there: %w", err)
		}
		return err
	}
	return unix.Listen(fd, backlog)
}

// clearStale removes a socket that its server left behind. It touches nothing
// that is not a socket.
func clearStale(path string) error {
	st, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if st.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is there and is no socket", path)
	}
	conn, err := net.Dial("unixpacket", path)
	if err == nil {
		conn.Close()
		return errors.New("somebody else listens there")
	}
	if !errors.Is(err, unix.ECONNREFUSED) {
		return err
	}
	return os.Remove(path)
}

// sameUser returns an error unless the process at the other end of conn runs
// as the same user.
func sameUser(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var cred *unix.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) {
		cred, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err := errors.Join(err, failed); err != nil {
		return fmt.Errorf("look up who the peer is: %w", err)
	}
	if own := uint32(os.Geteuid()); cred.Uid != own {
		return fmt.Errorf("the peer is process %d of user %d, and this one is of user %d", cred.Pid, cred.Uid, own)
	}
	return nil
}

// receive reads one message and the descriptors that came with it, which the
// caller owns. With an error it has closed them.
func receive(conn *net.UnixConn) (msg []byte, files []*os.File, err error) {
	msg = make([]byte, maxGreeting+1)
	oob := make([]byte, unix.CmsgSpace(4*maxPassed))
	n, oobn, flags, _, err := conn.ReadMsgUnix(msg, oob) // sets MSG_CMSG_CLOEXEC
	files, parsed := passed(oob[:max(oobn, 0)])
	switch {
	case err != nil:
	case flags&unix.MSG_CTRUNC != 0:
		err = errors.New("more descriptors came than belong there, or than this process may open")
	case flags&unix.MSG_TRUNC != 0:
		err = fmt.Errorf("a message of more than %d bytes came", len(msg))
	default:
		err = parsed
	}
	if err != nil {
		closeAll(files)
		return nil, nil, err
	}
	return msg[:n], files, nil
}

// passed returns the descriptors of all control messages in oob, those before
// an error included.
func passed(oob []byte) (files []*os.File, err error) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, fmt.Errorf("parse control message: %w", err)
	}
	for _, m := range messages {
		fds, failed := unix.ParseUnixRights(&m)
		err = errors.Join(err, failed)
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "attached"))
		}
	}
	return files, err
}

// send sends one message and descriptors with it.
func send(conn *net.UnixConn, msg []byte, fds []int) error {
	_, _, err := conn.WriteMsgUnix(msg, unix.UnixRights(fds...), nil)
	return err
}

// Package systemd takes over the socket that systemd opened for the program, and tells systemd what becomes of it.
// Without systemd, it does nothing.
package systemd

import (
	"errors"
	"fmt"
	"net"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
)

// ErrSockets is wrapped by an error of [Listener] for sockets that cannot be served.
var ErrSockets = errors.New("systemd: the sockets of LISTEN_FDS cannot be served")

// Listener returns the TCP socket that systemd opened; nil where it opened none. A socket of systemd's outlives the
// program: who connects while it restarts waits, and is not refused.
func Listener() (net.Listener, error) {
	const unset = true // so that no child takes them for its own
	files := activation.Files(unset)
	if len(files) == 0 {
		return nil, nil
	}
	defer func() {
		for _, f := range files {
			_ = f.Close() // a listener has a descriptor of its own
		}
	}()
	if len(files) > 1 {
		return nil, fmt.Errorf("%w: there are %d, and it must be one", ErrSockets, len(files))
	}
	l, err := net.FileListener(files[0])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSockets, err)
	}
	if _, tcp := l.(*net.TCPListener); !tcp {
		return nil, errors.Join(fmt.Errorf("%w: %s is no TCP address", ErrSockets, l.Addr()), l.Close())
	}
	return l, nil
}

// Ready tells systemd that the program serves.
func Ready() error { return notify(daemon.SdNotifyReady) }

// Stopping tells systemd that the program ends, and finishes what runs.
func Stopping() error { return notify(daemon.SdNotifyStopping) }

// notify tells systemd, where it wants to know.
func notify(state string) error {
	if _, err := daemon.SdNotify(false, state); err != nil {
		return fmt.Errorf("systemd: NOTIFY_SOCKET: %w", err)
	}
	return nil
}

//go:build unix && !aix && !solaris

package identity

import (
	"errors"
	"os"
	"syscall"
)

// openLocked opens a file, which it makes where there is none, and locks it until it is closed. It does not wait: the error
// is [errLocked] while another has it.
func openLocked(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return file, nil
		}
		if err != syscall.EINTR {
			break
		}
	}
	if err == syscall.EWOULDBLOCK {
		err = errLocked
	}
	return nil, errors.Join(err, file.Close())
}

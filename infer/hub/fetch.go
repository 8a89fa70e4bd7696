package hub

import (
	"context"
	"crypto/sha1" // #nosec G505 -- git's
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// size is the file's true length.
func (f file) size() int64 {
	if f.LFS != nil {
		return f.LFS.Size
	}
	return f.Size
}

// sum returns a hash and what it must come to.
func (f file) sum() (hash.Hash, string) {
	if f.LFS != nil {
		return sha256.New(), strings.TrimPrefix(f.LFS.OID, "sha256:")
	}
	h := sha1.New() // #nosec G401 -- git's own name of a small file, against transmission errors
	fmt.Fprintf(h, "blob %d\x00", f.Size)
	return h, f.OID
}

// fetch brings one file, taking up what is there of it.
func (p *puller) fetch(ctx context.Context, f file, target string) error {
	if f.size() < 0 || f.size() > maxFileBytes {
		return fmt.Errorf("hub: %s: %d bytes are outside 0 to %d", f.Path, f.size(), int64(maxFileBytes))
	}
	if info, err := os.Stat(target); err == nil && info.Size() == f.size() && check(f, target) == nil {
		return nil
	}
	// #nosec G301 -- models are no secret, and are shared
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	part := target + ".part"
	err := p.retry(ctx, func() error {
		if err := p.append(ctx, f, part); err != nil {
			return err
		}
		if err := check(f, part); err != nil {
			return errors.Join(err, os.Remove(part))
		}
		return os.Rename(part, target)
	})
	if err != nil {
		return fmt.Errorf("fetching %s: %w", f.Path, err)
	}
	return nil
}

// retry does something up to so many times, as long as its error may pass.
func (p *puller) retry(ctx context.Context, do func() error) error {
	for attempt := 1; ; attempt++ {
		err := do()
		if err == nil || attempt == tries || !again(err) || ctx.Err() != nil {
			return err
		}
		select {
		case <-time.After(p.o.wait(attempt)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// again says whether an error may pass.
func again(err error) bool {
	var status *statusError
	if errors.As(err, &status) {
		return status.code >= 500 || status.code == http.StatusTooManyRequests
	}
	return !errors.Is(err, ErrDenied) && !errors.Is(err, ErrNotFound) && !errors.Is(err, os.ErrPermission)
}

// append adds to a part of a file what it lacks.
func (p *puller) append(ctx context.Context, f file, part string) (err error) {
	out, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644) // #nosec G302 -- as its folder
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	info, err := out.Stat()
	if err != nil {
		return err
	}
	have := info.Size()
	if have > f.size() {
		if err := out.Truncate(0); err != nil {
			return err
		}
		have = 0
	}
	if have == f.size() {
		return nil
	}
	header := http.Header{}
	if have > 0 {
		header.Set("Range", "bytes="+strconv.FormatInt(have, 10)+"-")
	}
	response, err := p.get(ctx, "/"+p.repo+"/resolve/"+p.commit+"/"+escape(f.Path), header)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if err := p.status(response); err != nil {
		return err
	}
	if have > 0 && response.StatusCode != http.StatusPartialContent { // it does not resume: from the start
		if err := out.Truncate(0); err != nil {
			return err
		}
		have = 0
	}
	return p.copy(out, response.Body, f, have)
}

// copy writes the body and tells the progress.
func (p *puller) copy(out io.Writer, body io.Reader, f file, have int64) error {
	body = io.LimitReader(body, f.size()-have+1)
	buffer := make([]byte, 256<<10)
	for {
		n, err := body.Read(buffer)
		if n > 0 {
			if _, err := out.Write(buffer[:n]); err != nil {
				return err
			}
			have += int64(n)
			if p.o.Progress != nil {
				p.o.Progress(f.Path, have, f.size())
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if have < f.size() {
		return fmt.Errorf("the connection ended after %d of %d bytes", have, f.size())
	}
	return nil
}

// check compares a file with the hub's checksum.
func check(f file, path string) (err error) {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	h, want := f.sum()
	if _, err := io.Copy(h, in); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("%w: %s: %s instead of %s", ErrChecksum, f.Path, got, want)
	}
	return nil
}

// escape writes a path for a URL, slashes kept.
func escape(path string) string {
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

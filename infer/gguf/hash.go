package gguf

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// remembered is what a file looked like when it was hashed. While size and time of change are the same, it is not
// hashed again: 100 MB take a tenth of a second, several GB take many.
type remembered struct {
	Size    int64  `json:"size"`
	ModTime int64  `json:"modTime"` // nanoseconds since 1970
	SHA256  string `json:"sha256"`
}

// contentHash returns the SHA-256 of a file's content, in hexadecimal.
func contentHash(ctx context.Context, path string, o Options) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(absolute)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%w: %s is no file", ErrFormat, path)
	}
	key := sha256.Sum256([]byte(absolute))
	note := filepath.Join(o.CacheDir, ".hash-"+hex.EncodeToString(key[:8])+".json")
	var known remembered
	if data, err := os.ReadFile(note); err == nil && json.Unmarshal(data, &known) == nil &&
		known.Size == info.Size() && known.ModTime == info.ModTime().UnixNano() && len(known.SHA256) == 2*sha256.Size {
		return known.SHA256, nil
	}
	o.say("hashing %s", filepath.Base(path))
	sum, err := hashFile(ctx, absolute)
	if err != nil {
		return "", err
	}
	err = writeJSON(note, remembered{Size: info.Size(), ModTime: info.ModTime().UnixNano(), SHA256: sum})
	return sum, err
}

func hashFile(ctx context.Context, path string) (sum string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	hash := sha256.New()
	for {
		n, err := io.CopyN(hash, file, 16<<20)
		if err == io.EOF || n == 0 {
			return hex.EncodeToString(hash.Sum(nil)), nil
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return "", err
		}
	}
}

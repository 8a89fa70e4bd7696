package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Limits of the file.
const (
	maxFileBytes = 64 << 20
	lockTimeout  = 5 * time.Second
	lockPause    = 10 * time.Millisecond
	fileVersion  = 1
)

// errLocked is returned while another holds the lock.
var errLocked = errors.New("identity: the file is locked")

// FileStore holds records in one JSON file, which is replaced as a whole. Another process's changes are seen at the next
// look-up.
type FileStore struct {
	path string

	mu      sync.Mutex // guards what follows
	seen    fs.FileInfo
	records map[string]Record
}

// keysFile is the file's content.
type keysFile struct {
	Version int      `json:"version"`
	Keys    []Record `json:"keys"`
}

// NewFileStore returns a store in a file, which need not exist yet; its folder is made when the first key is.
func NewFileStore(path string) *FileStore { return &FileStore{path: path} }

// Get implements [Store].
func (s *FileStore) Get(_ context.Context, id string) (Record, error) {
	records, err := s.load()
	if err != nil {
		return Record{}, err
	}
	if r, ok := records[id]; ok {
		return r, nil
	}
	return Record{}, ErrNotFound
}

// List implements [Store].
func (s *FileStore) List(context.Context) ([]Record, error) {
	records, err := s.load()
	if err != nil {
		return nil, err
	}
	all := make([]Record, 0, len(records))
	for _, r := range records {
		all = append(all, r)
	}
	return inOrder(all), nil
}

// Put implements [Store].
func (s *FileStore) Put(ctx context.Context, r Record) error {
	return s.change(ctx, func(records map[string]Record) error {
		if len(records) >= maxKeys {
			return fmt.Errorf("%w: there are %d keys, at most %d", ErrRecord, len(records), maxKeys)
		}
		records[r.ID] = r
		return nil
	})
}

// Delete implements [Store].
func (s *FileStore) Delete(ctx context.Context, id string) error {
	return s.change(ctx, func(records map[string]Record) error {
		if _, ok := records[id]; !ok {
			return ErrNotFound
		}
		delete(records, id)
		return nil
	})
}

// load returns what the file holds, reading it where it is another one than last time. The map must not be changed.
func (s *FileStore) load() (map[string]Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := os.Stat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		s.seen, s.records = nil, nil
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrUnavailable, withoutPath(err))
	}
	if s.seen != nil && os.SameFile(s.seen, info) && s.seen.ModTime().Equal(info.ModTime()) && s.seen.Size() == info.Size() {
		return s.records, nil
	}
	if info.Size() > maxFileBytes {
		return nil, fmt.Errorf("%w: the file of keys has %d bytes, at most %d", ErrUnavailable, info.Size(), maxFileBytes)
	}
	data, err := os.ReadFile(s.path)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrUnavailable, withoutPath(err))
	}
	var file keysFile
	if err := json.Unmarshal(data, &file); err != nil || file.Version != fileVersion {
		return nil, fmt.Errorf("%w: the file of keys is not one of version %d", ErrUnavailable, fileVersion)
	}
	records := make(map[string]Record, len(file.Keys))
	for _, r := range file.Keys {
		records[r.ID] = r
	}
	s.seen, s.records = info, records
	return records, nil
}

// change replaces the file by a changed one while no other process does.
func (s *FileStore) change(ctx context.Context, f func(map[string]Record) error) error {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return fmt.Errorf("%w: %v", ErrUnavailable, withoutPath(err))
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	records, err := s.load()
	if err != nil {
		return err
	}
	next := make(map[string]Record, len(records)+1)
	for id, r := range records {
		next[id] = r
	}
	if err := f(next); err != nil {
		return err
	}
	all := make([]Record, 0, len(next))
	for _, r := range next {
		all = append(all, r)
	}
	data, err := json.MarshalIndent(keysFile{fileVersion, inOrder(all)}, "", "  ")
	if err != nil {
		return err
	}
	if err := replace(s.path, data); err != nil {
		return fmt.Errorf("%w: %v", ErrUnavailable, withoutPath(err))
	}
	return nil
}

// replace writes a file as a whole, or leaves the old one.
func replace(path string, data []byte) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // readable by its owner alone
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	_, err = temporary.Write(data)
	if err == nil {
		err = temporary.Sync()
	}
	if err = errors.Join(err, temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

// lock keeps other processes from changing the file. The system holds the lock for an open file, and so lets go of it where
// a process dies; the file of the lock stays, since whoever removed it could not know who has just opened it.
func (s *FileStore) lock(ctx context.Context) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	for {
		file, err := openLocked(s.path + ".lock")
		if err == nil {
			return func() { _ = file.Close() }, nil // nothing was written
		}
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("%w: %v", ErrUnavailable, withoutPath(err))
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: another process holds the file of keys", ErrUnavailable)
		}
	}
}

// withoutPath keeps what went wrong, not where.
func withoutPath(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

package chaos

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// litter lists what a server left on the disk: all that is in its folder for temporary files, which is its own, and what
// is half-made in its data folder.
func (s *Server) litter() (paths []string, err error) {
	for _, folder := range []struct {
		path string
		is   func(name string) bool
	}{{s.temporary, func(string) bool { return true }}, {s.Config.Home, halfMade}} {
		if err := filepath.WalkDir(folder.path, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case os.IsNotExist(err):
				return nil // gone meanwhile
			case err == nil && path != folder.path && folder.is(entry.Name()):
				paths = append(paths, path)
			}
			return err
		}); err != nil {
			return nil, fmt.Errorf("looking for what is left on the disk: %w", err)
		}
	}
	return paths, nil
}

// halfMade says whether a name in the data folder is one of something that is not whole yet: an import, a list of keys, a file that
// replaces another. The hash of a model's file, once it is known, is whole.
func halfMade(name string) bool {
	if strings.HasPrefix(name, ".hash-") && strings.HasSuffix(name, ".json") {
		return false
	}
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".new")
}

// littered names what is on the disk that was not there before; "" where nothing is.
func (s *Server) littered() string {
	now, err := s.litter()
	if err != nil {
		return err.Error()
	}
	now = slices.DeleteFunc(now, func(path string) bool { return slices.Contains(s.clean, path) })
	if len(now) == 0 {
		return ""
	}
	return "on the disk " + strings.Join(now, ", ")
}

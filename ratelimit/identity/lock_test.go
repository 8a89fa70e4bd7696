package identity

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestALockThatIsHeldIsNotTakenHoweverOldItIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	unlock, err := NewFileStore(path).lock(background)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path+".lock", time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := NewFileStore(path).lock(ctx); !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v", err)
	}
	unlock()
	unlock, err = NewFileStore(path).lock(background)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestALockFileThatAProcessLeftBehindHindersNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(path+".lock", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Add(background, NewFileStore(path), New{User: "ann"}, nil); err != nil {
		t.Error(err)
	}
}

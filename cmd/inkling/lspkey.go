package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// maxKeyBytes is the longest key that a server takes.
const maxKeyBytes = 4096

// key returns the API key for the server: that of INKLING_TOKEN, else the content of the key file; "" where there is
// neither. It is no flag, since other users of a machine can read command lines.
func (c *lspCommand) key() (string, error) {
	if key := os.Getenv("INKLING_TOKEN"); key != "" || c.KeyFile == "" {
		return key, nil
	}
	f, err := os.Open(c.KeyFile)
	if err != nil {
		return "", fmt.Errorf("INKLING_TOKEN_FILE: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxKeyBytes+1))
	if err != nil {
		return "", fmt.Errorf("INKLING_TOKEN_FILE: %w", err)
	}
	if len(data) > maxKeyBytes {
		return "", fmt.Errorf("INKLING_TOKEN_FILE: %s is longer than %d bytes", c.KeyFile, maxKeyBytes)
	}
	return strings.TrimSpace(string(data)), nil
}

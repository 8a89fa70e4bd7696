package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/joho/godotenv"
)

// inFolder is the file with settings that the server's own commands read in the working folder, where ENV_FILE names no other.
const inFolder = ".env"

// ofTheServer are the commands that run where the server is set up. The others run in people's projects, whose .env is not ours: it could
// name a server of its own, which would get the user's key and text.
var ofTheServer = []string{"serve", "keys", "health", "import", "pull"}

// loadEnvFile adds the settings that a command line's file holds to the environment. What the environment has already stays. An error says
// nothing of what is in the file.
func loadEnvFile(args []string) error {
	path, named := os.LookupEnv("ENV_FILE")
	if !named {
		if path = inFolder; !isOfTheServer(args) {
			return nil
		}
	}
	err := godotenv.Load(path)
	file := (*fs.PathError)(nil)
	switch {
	case errors.As(err, &file) && !named && os.IsNotExist(err):
		return nil
	case errors.As(err, &file):
		return fmt.Errorf("ENV_FILE: reading %s: %w", path, err)
	case err != nil:
		return fmt.Errorf("ENV_FILE: %s: a line of it is no NAME=value", path)
	}
	return nil
}

// isOfTheServer reports whether a command line has one of the server's own commands.
func isOfTheServer(args []string) bool {
	parser, err := newParser(&program{}) // one of its own: it remembers what it traced
	if err != nil {
		return false // main says why
	}
	line, err := kong.Trace(parser, args)
	if err != nil {
		return false // it is refused
	}
	command, _, _ := strings.Cut(line.Command(), " ")
	return slices.Contains(ofTheServer, command)
}

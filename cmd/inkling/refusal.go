package main

import (
	"errors"
	"strings"

	"github.com/alecthomas/kong"
)

// refusal says in one line what is wrong with a setting, naming its variable; "" where an error is about how the
// command line is built, which the usage explains better.
func refusal(err error) string {
	message := err.Error()
	if strings.HasPrefix(message, "expected ") || strings.HasPrefix(message, "unknown ") || strings.HasPrefix(message, "unexpected ") {
		return ""
	}
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil {
		if node := parse.Context.Selected(); node != nil {
			message = strings.TrimPrefix(message, node.Name+": ")
		}
		message = variableOf(parse.Context, message) + message
	}
	var lines []string
	for line := range strings.Lines(message) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return strings.Join(lines, "; ")
}

// variableOf is "NAME: " for a message that begins with a flag; "" where it does not, or the flag has no variable.
func variableOf(c *kong.Context, message string) string {
	flag, isFlag := strings.CutPrefix(message, "--")
	if !isFlag {
		return ""
	}
	name, _, _ := strings.Cut(flag, " ")
	name, _, _ = strings.Cut(strings.TrimSuffix(name, ":"), "=")
	for _, f := range c.Flags() {
		if f.Name == name && len(f.Envs) > 0 {
			return f.Envs[0] + ": "
		}
	}
	return ""
}

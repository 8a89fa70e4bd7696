package main

import (
	"fmt"
	"strconv"
	"time"
)

// seconds is a length of time that may be written as "90m" or, as a plain number, in seconds.
type seconds time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *seconds) UnmarshalText(text []byte) error {
	if n, err := strconv.ParseInt(string(text), 10, 32); err == nil {
		*s = seconds(time.Duration(n) * time.Second)
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is neither seconds nor a duration such as 90m", text)
	}
	*s = seconds(d)
	return nil
}

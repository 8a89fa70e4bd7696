package ort

import (
	"crypto/sha256"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
)

// processor names the processor: its model, and of what it can do a few digits, since machines in clouds hide their models.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOOS + " on " + runtime.GOARCH
	}
	return describeProcessor(string(info), runtime.GOARCH)
}

func describeProcessor(info, fallback string) string {
	name, features := fallback, ""
	for line := range strings.Lines(info) {
		field, value, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(field) {
		case "model name":
			name = strings.TrimSpace(value)
		case "flags", "Features":
			features = strings.TrimSpace(value)
		}
	}
	return fmt.Sprintf("%s %x", name, sha256.Sum256([]byte(features)))[:len(name)+1+8]
}

// distance is the root mean square of the difference of two rows of logits, as a share of that of the second.
func distance(got, want []float32) float64 {
	var difference, size float64
	for i := range want {
		d := float64(got[i] - want[i])
		difference, size = difference+d*d, size+float64(want[i])*float64(want[i])
	}
	return math.Sqrt(difference / size)
}

//go:build ignore

// gen writes all.go: one import for each folder of contexts/languages that holds a plugin.
package main

import (
	"log"
	"os"

	"inkling/contexts/languages/all/list"
)

func main() {
	text, err := list.Source("..")
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("all.go", text, 0o644); err != nil {
		log.Fatal(err)
	}
}

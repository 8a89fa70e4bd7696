// Command stack is an example to complete: Push has no body yet.
package main

import "fmt"

// Stack is a last-in, first-out list of integers.
type Stack struct {
	items []int
}

// Push puts v on top.
func (s *Stack) Push(v int) {

}

func main() {
	s := &Stack{}
	s.Push(1)
	fmt.Println(s.items)
}

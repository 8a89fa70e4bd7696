// Package capi reaches what the binding to the runtime lacks: the runtime's table of functions, and the runtime's objects that
// the binding's own hold. The functions are reached by their places in the table, since a module cannot name a header in
// another: the table only ever grows at its end. A test compares the places that packages name, slots.h, with the header that
// the binding ships.
package capi

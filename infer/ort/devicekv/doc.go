// Package devicekv keeps a KV cache in the memory of the device that a session runs on, and runs the session on it. It is
// what the binding lacks for that: tensors on a device, and runs of bound tensors that can be terminated. Without it a
// GPU's cache would be copied over the bus at each step.
//
// Its one noun is the [Cache]: for each of the graph's parts (a layer's keys, or its values) a tensor [rows, heads,
// tokens, width], allocated by the session's own allocator. Invariants:
//   - A run reads and writes a range of rows in place: the same tensor is bound as past and as present.
//   - Everything else of a run is the caller's and lies in the machine's memory; the runtime carries it over the bus.
//   - Rewinding a row needs nothing here, since lengths are inputs of the graph.
//   - A Cache is used by one goroutine; Terminate of the run's options may come from any.
//
// It also works on the processor's own memory, which is how it is tested where there is no GPU.
package devicekv

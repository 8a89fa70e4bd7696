package ort

// Release implements releaser.
func (g *growing) Release(row int) error {
	c := g.caches[row]
	if c == nil {
		return nil
	}
	g.caches[row] = nil
	return c.m.close()
}

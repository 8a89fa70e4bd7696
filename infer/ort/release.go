package ort

// Release implements releaser: what a row held is given back to the system, page by page.
func (s *shared) Release(row int) error {
	size := s.rowFloats() * 4
	for part := range 2 * s.c.Model.Layers {
		if err := s.kv.release((part*s.c.Rows+row)*size, size); err != nil {
			return err
		}
	}
	return nil
}

// Release implements releaser.
func (g *growing) Release(row int) error {
	c := g.caches[row]
	if c == nil {
		return nil
	}
	g.caches[row] = nil
	return c.m.close()
}

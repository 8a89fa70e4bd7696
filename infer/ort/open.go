package ort

// open loads the model in the form in which it was exported.
func open(c Config) (lm, error) {
	if c.Model.Exporter == "optimum" {
		return openGrowing(c)
	}
	return openShared(c)
}

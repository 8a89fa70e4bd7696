module inkling

go 1.26

package main

import "go.uber.org/zap/zapcore"

var zapISO = zapcore.ISO8601TimeEncoder

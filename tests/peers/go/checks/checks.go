// Package checks runs named checks one after another and reports them as the
// programs in JavaScript do: a line for each, then one line of JSON.
package checks

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
)

// Limit is the time that one check may take.
const Limit = 60 * time.Second

// Patience is the time that nothing takes that is awaited, also on a busy machine.
const Patience = 30 * time.Second

// List is a list of checks.
type List struct {
	only     string
	passed   int
	failures []failure
}

type failure struct {
	Name  string `json:"name"`
	Error string `json:"error"`
}

// New creates a list of which only one check runs if it is named.
func New(only string) *List {
	return &List{only: only}
}

// Run runs a check, which fails if it panics, is late, or returns an error.
func (l *List) Run(name string, check func() error) {
	if l.only != "" && l.only != name {
		return
	}
	result := make(chan error, 1)
	go func() {
		defer func() {
			if panicked := recover(); panicked != nil {
				result <- fmt.Errorf("panic: %v", panicked)
			}
		}()
		result <- check()
	}()
	var err error
	select {
	case err = <-result:
	case <-time.After(Limit):
		err = errors.New("it takes too long")
	}
	if err != nil {
		said := fmt.Sprintf("%.500s", err)
		l.failures = append(l.failures, failure{name, said})
		fmt.Printf("not ok %s: %s\n", name, said)
		return
	}
	l.passed++
	fmt.Println("ok", name)
}

// Finish prints the summary and ends the program.
func (l *List) Finish() {
	if l.failures == nil {
		l.failures = []failure{}
	}
	summary, _ := json.Marshal(map[string]any{
		"passed": l.passed, "failed": len(l.failures), "failures": l.failures, "skipped": 0,
	})
	fmt.Println(string(summary))
	if len(l.failures) > 0 || l.passed == 0 {
		os.Exit(1)
	}
	os.Exit(0)
}

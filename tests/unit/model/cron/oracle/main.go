// Answers when schedules run, by the module that Argo's controller uses.
//
// Input and output are a JSON document per line:
//
//	{"schedule": "CRON_TZ=Europe/Dublin 30 2 * * *", "after": 1700000000, "count": 20}
//	{"runs": [1700015400, ...]} or {"refused": "expected exactly 5 fields, found 6: ..."}
//
// Times are Unix seconds. There are fewer runs than `count` if the search ends.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/robfig/cron/v3"
)

type question struct {
	Schedule string `json:"schedule"`
	After    int64  `json:"after"`
	Count    int    `json:"count"`
}

type answer struct {
	Refused string  `json:"refused,omitempty"`
	Runs    []int64 `json:"runs,omitempty"`
}

func ask(asked question) (said answer) {
	defer func() {
		if reason := recover(); reason != nil {
			said = answer{Refused: fmt.Sprintf("panic: %v", reason)}
		}
	}()
	schedule, err := cron.ParseStandard(asked.Schedule)
	if err != nil {
		return answer{Refused: err.Error()}
	}
	at := time.Unix(asked.After, 0).UTC()
	for range make([]struct{}, asked.Count) {
		at = schedule.Next(at)
		if at.IsZero() || at.Year() > 9999 {
			break
		}
		said.Runs = append(said.Runs, at.Unix())
	}
	return said
}

// On a day that a zone skips, the module searches without end.
func askFor(limit time.Duration, asked question) answer {
	done := make(chan answer, 1)
	go func() { done <- ask(asked) }()
	select {
	case said := <-done:
		return said
	case <-time.After(limit):
		return answer{Refused: "endless search"}
	}
}

func main() {
	time.Local = time.UTC
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := encoder.Encode(askFor(10*time.Second, asked)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

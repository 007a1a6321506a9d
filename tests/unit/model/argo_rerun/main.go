// Command oracle answers what Argo Workflows itself makes of a retry or a resubmission.
//
// It reads one JSON question a line from standard input and writes one JSON answer a line:
//
//	{"workflow": {…}, "verb": "retry", "restartSuccessful": true, "nodeFieldSelector": "id=x", "parameters": ["a=b"]}
//	{"workflow": {…}, "verb": "resubmit", "memoized": true, "parameters": []}
//	{"workflow": {…}, "pods": ["…"]} or {"error": "…"}
//
// It is built inside the source of Argo Workflows: see README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	wfv1 "github.com/argoproj/argo-workflows/v4/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v4/util/logging"
	"github.com/argoproj/argo-workflows/v4/workflow/util"
)

type question struct {
	Workflow          wfv1.Workflow `json:"workflow"`
	Verb              string        `json:"verb"`
	RestartSuccessful bool          `json:"restartSuccessful"`
	NodeFieldSelector string        `json:"nodeFieldSelector"`
	Memoized          bool          `json:"memoized"`
	Parameters        []string      `json:"parameters"`
}

type answer struct {
	Workflow *wfv1.Workflow `json:"workflow,omitempty"`
	Pods     []string       `json:"pods,omitempty"`
	Error    string         `json:"error,omitempty"`
}

func ask(ctx context.Context, line []byte) (result answer) {
	defer func() {
		if trouble := recover(); trouble != nil {
			result = answer{Error: fmt.Sprintf("panic: %v", trouble)}
		}
	}()
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return answer{Error: err.Error()}
	}
	var err error
	if q.Verb == "resubmit" {
		result.Workflow, err = util.FormulateResubmitWorkflow(ctx, &q.Workflow, q.Memoized, q.Parameters)
	} else {
		result.Workflow, result.Pods, err = util.FormulateRetryWorkflow(ctx, &q.Workflow, q.RestartSuccessful, q.NodeFieldSelector, q.Parameters)
	}
	if err != nil {
		return answer{Error: err.Error()}
	}
	return result
}

func main() {
	ctx := logging.WithLogger(context.Background(), logging.NewSlogLogger(logging.Error, logging.Text))
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			if err := out.Encode(ask(ctx, line)); err != nil {
				panic(err)
			}
		}
		if err != nil {
			return
		}
	}
}

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	tinyfish "example/client"
	"example/session"
)

var (
	base    = os.Getenv("TINYFISH_BASE_URL")
	key     = os.Getenv("TINYFISH_API_KEY")
	ctx     = context.WithValue(context.Background(), tinyfish.ContextAPIKeys, map[string]tinyfish.APIKey{"ApiKey": {Key: key}})
	agent   *tinyfish.AgentAPIService
	runs    *tinyfish.RunsAPIService
	browser *tinyfish.BrowserAPIService
)

func request(goal string) tinyfish.AgentRunRequest {
	return *tinyfish.NewAgentRunRequest("https://shop.example/", goal)
}

func must[T any](value T, _ *http.Response, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func headline(result any) any {
	return result.(map[string]any)["headlines"].([]any)[0]
}

func waitFor(id string) string {
	for {
		run := must(runs.GetRun(ctx, id).Execute())
		if run.Status != "PENDING" && run.Status != "RUNNING" {
			return fmt.Sprint(run.Status, " ", headline(run.Result))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

type event struct {
	Type  string
	RunID string `json:"run_id"`
}

// The code for events: the generated StreamRun reads the whole stream first.
func events(goal string, each func(event)) error {
	body, _ := json.Marshal(request(goal))
	post, _ := http.NewRequest("POST", base+"/v1/automation/run-sse", bytes.NewReader(body))
	post.Header = http.Header{"X-Api-Key": {key}, "Content-Type": {"application/json"}}
	response, err := http.DefaultClient.Do(post)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 64<<20) // results can be long
	for lines.Scan() {
		var found event
		line := lines.Text()
		if strings.HasPrefix(line, "data:") && json.Unmarshal([]byte(line[5:]), &found) == nil {
			each(found)
		}
	}
	return lines.Err()
}

func failure(response *http.Response, err error) string {
	var known *tinyfish.GenericOpenAPIError
	if !errors.As(err, &known) {
		return fmt.Sprint("no error with a body: ", err)
	}
	model := known.Model().(tinyfish.ErrorResponse)
	return fmt.Sprint(response.StatusCode, " ", model.Error.Code)
}

var tasks = map[string]func() string{
	"run": func() string {
		run := must(agent.RunAgent(ctx).AgentRunRequest(request("headlines")).Execute())
		return fmt.Sprint(run.Status, " ", headline(run.Result))
	},
	"poll": func() string {
		return waitFor(*must(agent.QueueRun(ctx).AgentRunRequest(request("headlines")).Execute()).RunId.Get())
	},
	"list": func() string {
		seen, call := 0, runs.ListRuns(ctx).Limit(2)
		for {
			page := must(call.Execute())
			seen += len(page.Data)
			if !page.Pagination.HasMore {
				return fmt.Sprint(seen)
			}
			call = call.Cursor(*page.Pagination.NextCursor.Get())
		}
	},
	"batch": func() string {
		item := *tinyfish.NewBatchRunItem("https://shop.example/", "headlines")
		batch := *tinyfish.NewAgentRunBatchRequest([]tinyfish.BatchRunItem{item, item})
		ids := must(agent.QueueRuns(ctx).AgentRunBatchRequest(batch).Execute()).RunIds
		found := must(runs.GetRunsBatch(ctx).RunIdsRequest(*tinyfish.NewRunIdsRequest(append(ids, "unknown"))).Execute())
		return fmt.Sprintf("%d found, %d not", len(found.Data), len(found.NotFound))
	},
	"cancel": func() string {
		id := *must(agent.QueueRun(ctx).AgentRunRequest(request("endless")).Execute()).RunId.Get()
		return must(runs.CancelRun(ctx, id).Execute()).Status
	},
	"session": func() string {
		asked := tinyfish.BrowserSessionRequest{TimeoutSeconds: tinyfish.PtrInt32(60)}
		id := must(browser.CreateBrowserSession(ctx).BrowserSessionRequest(asked).Execute()).SessionId
		usage := must(browser.ListBrowserUsage(ctx).SessionId(id).Execute())
		if _, err := browser.DeleteBrowserSession(ctx, id).Execute(); err != nil {
			log.Fatal(err)
		}
		return fmt.Sprintf("%d in use, deleted", len(usage.Items))
	},
	"pages": func() string {
		// Always a body: without one the generated client sends null.
		made := must(browser.CreateBrowserSession(ctx).BrowserSessionRequest(tinyfish.BrowserSessionRequest{}).Execute())
		config := session.NewConfiguration()
		config.Servers = session.ServerConfigurations{{URL: made.BaseUrl}}
		return *must(session.NewAPIClient(config).SessionAPI.ListSessionPages(ctx).Execute())[0].Url
	},
	"events": func() string {
		var types []string
		if err := events("headlines", func(found event) { types = append(types, found.Type) }); err != nil {
			log.Fatal(err)
		}
		return strings.Join(types, " ")
	},
	"broken-stream": func() string {
		var id string
		err := events("headlines", func(found event) {
			if id == "" {
				id = found.RunID
			}
		})
		if err == nil {
			return "the stream did not break"
		}
		return waitFor(id) // the run goes on
	},
	"lost-answer": func() string {
		if _, _, err := agent.QueueRun(ctx).AgentRunRequest(request("headlines")).Execute(); err != nil {
			return "error"
		}
		return "no error"
	},
	"error-400": func() string {
		wrong := request("headlines")
		wrong.ProxyConfig = &tinyfish.ProxyConfig{Enabled: true, Type: tinyfish.PROXYTYPE_CUSTOM.Ptr()}
		_, response, err := agent.QueueRun(ctx).AgentRunRequest(wrong).Execute()
		return failure(response, err)
	},
	"error-401": func() string {
		_, response, err := runs.ListRuns(ctx).Execute()
		return failure(response, err)
	},
	"error-404": func() string {
		_, response, err := runs.GetRun(ctx, "unknown").Execute()
		return failure(response, err)
	},
	"unknown-status": func() string { return must(runs.GetRun(ctx, "any").Execute()).Status },
	"unknown-field":  func() string { return must(runs.GetRun(ctx, "any").Execute()).Status },
	"list-result": func() string {
		run := must(agent.RunAgent(ctx).AgentRunRequest(request("list")).Execute())
		return fmt.Sprintf("%s,%s", run.Result.([]any)...)
	},
}

func main() {
	config := tinyfish.NewConfiguration()
	config.Servers = tinyfish.ServerConfigurations{{URL: base}}
	client := tinyfish.NewAPIClient(config)
	agent, runs, browser = client.AgentAPI, client.RunsAPI, client.BrowserAPI
	fmt.Println(tasks[os.Args[1]]())
}

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import tinyfish.ApiClient;
import tinyfish.ApiException;
import tinyfish.api.AgentApi;
import tinyfish.api.BrowserApi;
import tinyfish.api.RunsApi;
import tinyfish.model.*;

public class Test {
    static final String BASE = System.getenv("TINYFISH_BASE_URL");
    static final String KEY = System.getenv("TINYFISH_API_KEY");
    static final ObjectMapper JSON = new ObjectMapper();

    // With this library of the generator, an interceptor sets the key.
    static final ApiClient CLIENT = new ApiClient();

    static {
        CLIENT.updateBaseUri(BASE);
        CLIENT.setRequestInterceptor(request -> request.header("X-API-Key", KEY));
    }

    static final AgentApi AGENT = new AgentApi(CLIENT);
    static final RunsApi RUNS = new RunsApi(CLIENT);
    static final BrowserApi BROWSER = new BrowserApi(CLIENT);

    static AgentRunRequest request(String goal) {
        return request(goal, AgentRunRequest.class);
    }

    static <T> T request(String goal, Class<T> type) {
        return JSON.convertValue(Map.of("goal", goal, "url", "https://shop.example/"), type);
    }

    static String headline(Object result) {
        return ((List<?>) ((Map<?, ?>) result).get("headlines")).get(0).toString();
    }

    static String waitFor(String id) throws Exception {
        Run run = RUNS.getRun(id, null);
        while (List.of("PENDING", "RUNNING").contains(run.getStatus())) {
            Thread.sleep(20);
            run = RUNS.getRun(id, null);
        }
        return run.getStatus() + " " + headline(run.getResult());
    }

    // The code for events: the generated streamRun reads the whole stream first.
    static void events(String goal, Consumer<JsonNode> each) throws Exception {
        var body = JSON.writeValueAsString(Map.of("goal", goal, "url", "https://shop.example/"));
        var post = HttpRequest.newBuilder(URI.create(BASE + "/v1/automation/run-sse"))
            .header("X-API-Key", KEY).header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)).build();
        try (var lines = HttpClient.newHttpClient().send(post, BodyHandlers.ofLines()).body()) {
            for (var i = lines.iterator(); i.hasNext();) {
                var line = i.next();
                if (line.startsWith("data:")) each.accept(JSON.readTree(line.substring(5)));
            }
        }
    }

    static String failure(Callable<?> call) throws Exception {
        try {
            call.call();
            return "no error";
        } catch (ApiException error) {
            var body = CLIENT.getObjectMapper().readValue(error.getResponseBody(), ErrorResponse.class);
            return error.getCode() + " " + body.getError().getCode();
        }
    }

    static String task(String name) throws Exception {
        switch (name) {
            case "run": {
                var run = AGENT.runAgent(request("headlines"));
                return run.getStatus() + " " + headline(run.getResult());
            }
            case "poll":
                return waitFor(AGENT.queueRun(request("headlines")).getRunId());
            case "list": {
                int seen = 0;
                String cursor = null;
                while (true) {
                    var page = RUNS.listRuns(null, null, null, null, null, cursor, 2);
                    seen += page.getData().size();
                    cursor = page.getPagination().getNextCursor();
                    if (!page.getPagination().getHasMore()) return "" + seen;
                }
            }
            case "batch": {
                var item = request("headlines", BatchRunItem.class);
                var ids = new ArrayList<>(
                    AGENT.queueRuns(new AgentRunBatchRequest().runs(List.of(item, item))).getRunIds());
                ids.add("unknown");
                var found = RUNS.getRunsBatch(new RunIdsRequest().runIds(ids));
                return found.getData().size() + " found, " + found.getNotFound().size() + " not";
            }
            case "cancel":
                return RUNS.cancelRun(AGENT.queueRun(request("endless")).getRunId()).getStatus();
            case "session": {
                var id = BROWSER.createBrowserSession(new BrowserSessionRequest().timeoutSeconds(60)).getSessionId();
                var usage = BROWSER.listBrowserUsage(id, null, null, null, null, null);
                BROWSER.deleteBrowserSession(id);
                return usage.getItems().size() + " in use, deleted";
            }
            case "pages": {
                var host = new session.ApiClient();
                host.updateBaseUri(BROWSER.createBrowserSession(new BrowserSessionRequest()).getBaseUrl());
                return new session.api.SessionApi(host).listSessionPages().get(0).getUrl();
            }
            case "events": {
                var types = new ArrayList<String>();
                events("headlines", event -> types.add(event.get("type").asText()));
                return String.join(" ", types);
            }
            case "broken-stream": {
                var ids = new ArrayList<String>();
                try {
                    events("headlines", event -> ids.add(event.path("run_id").asText()));
                    return "the stream did not break";
                } catch (IOException | UncheckedIOException error) {
                    return waitFor(ids.get(0)); // the run goes on
                }
            }
            case "lost-answer":
                try {
                    return AGENT.queueRun(request("headlines")).getRunId();
                } catch (ApiException error) {
                    return "error";
                }
            case "error-400":
                var proxy = new ProxyConfig().enabled(true).type(ProxyType.CUSTOM);
                return failure(() -> AGENT.queueRun(request("headlines").proxyConfig(proxy)));
            case "error-401":
                return failure(() -> RUNS.listRuns(null, null, null, null, null, null, null));
            case "error-404":
                return failure(() -> RUNS.getRun("unknown", null));
            case "unknown-status":
            case "unknown-field":
                return RUNS.getRun("any", null).getStatus();
            case "list-result": {
                var items = (List<?>) AGENT.runAgent(request("list")).getResult();
                return items.get(0) + "," + items.get(1);
            }
            default:
                throw new IllegalArgumentException(name);
        }
    }

    public static void main(String[] arguments) throws Exception {
        System.out.println(task(arguments[0]));
    }
}

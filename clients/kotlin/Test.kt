import com.google.gson.GsonBuilder
import com.google.gson.JsonDeserializer
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import java.io.IOException
import java.io.UncheckedIOException
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse.BodyHandlers
import java.time.OffsetDateTime
import kotlin.system.exitProcess
import session.models.SessionPage
import tinyfish.models.*

val base: String = System.getenv("TINYFISH_BASE_URL")
val key: String = System.getenv("TINYFISH_API_KEY")
val http: HttpClient = HttpClient.newHttpClient()
val gson = GsonBuilder()
    .registerTypeAdapter(OffsetDateTime::class.java, JsonDeserializer { json, _, _ -> OffsetDateTime.parse(json.asString) })
    .create()

class ApiError(val status: Int, val body: ErrorResponse) : Exception("$status ${body.error.code}")

fun message(method: String, url: String, body: Any?): HttpRequest = HttpRequest.newBuilder(URI.create(url))
    .header("X-API-Key", key).header("Content-Type", "application/json")
    .method(method, HttpRequest.BodyPublishers.ofString(body?.let(gson::toJson) ?: "")).build()

inline fun <reified T> call(method: String, path: String, body: Any? = null, host: String = base): T {
    val answer = http.send(message(method, host + path, body), BodyHandlers.ofString())
    if (answer.statusCode() >= 300) throw ApiError(answer.statusCode(), gson.fromJson(answer.body(), ErrorResponse::class.java))
    return gson.fromJson(answer.body(), T::class.java)
}

const val shop = "https://shop.example/"

fun request(goal: String, proxy: ProxyConfig? = null) = AgentRunRequest(shop, goal, proxyConfig = proxy)

fun headline(result: Any?) = ((result as Map<*, *>)["headlines"] as List<*>)[0]

fun run(goal: String) = call<AgentRunResponse>("POST", "/v1/automation/run", request(goal))

fun queue(goal: String) = call<AgentRunAsyncResponse>("POST", "/v1/automation/run-async", request(goal)).runId!!

fun get(id: String) = call<Run>("GET", "/v1/runs/$id")

fun waitFor(id: String): String {
    var run = get(id)
    while (run.status in listOf("PENDING", "RUNNING")) {
        Thread.sleep(20)
        run = get(id)
    }
    return "${run.status} ${headline(run.result)}"
}

// The code for events.
fun events(goal: String, each: (JsonObject) -> Unit) {
    val post = message("POST", "$base/v1/automation/run-sse", request(goal))
    http.send(post, BodyHandlers.ofLines()).body().use { lines ->
        for (line in lines) {
            if (line.startsWith("data:")) each(JsonParser.parseString(line.drop(5)).asJsonObject)
        }
    }
}

fun failure(call: () -> Any): String = try {
    call()
    "no error"
} catch (error: ApiError) {
    "${error.status} ${error.body.error.code}"
}

fun list(): Int {
    var seen = 0
    var cursor = ""
    while (true) {
        val page = call<RunListResponse>("GET", "/v1/runs?limit=2$cursor")
        seen += page.data.size
        if (!page.pagination.hasMore) return seen
        cursor = "&cursor=${page.pagination.nextCursor}"
    }
}

fun batch(): String {
    val item = BatchRunItem(shop, "headlines")
    val batch = AgentRunBatchRequest(listOf(item, item))
    val ids = call<AgentRunBatchResponse>("POST", "/v1/automation/run-batch", batch).runIds!!
    val found = call<RunsBatchResponse>("POST", "/v1/runs/batch", RunIdsRequest(ids + "unknown"))
    return "${found.data.size} found, ${found.notFound?.size} not"
}

fun session(): String {
    val id = call<BrowserSession>("POST", "/v1/browser", BrowserSessionRequest(timeoutSeconds = 60)).sessionId
    val usage = call<BrowserUsageResponse>("GET", "/v1/browser/usage?session_id=$id")
    call<Any?>("DELETE", "/v1/browser/$id")
    return "${usage.items.size} in use, deleted"
}

fun pages(): String? {
    val made = call<BrowserSession>("POST", "/v1/browser", BrowserSessionRequest())
    return call<Array<SessionPage>>("GET", "/pages", host = made.baseUrl)[0].url
}

fun brokenStream(): String {
    var id: String? = null
    try {
        events("headlines") { event -> id = id ?: event["run_id"].asString }
    } catch (error: UncheckedIOException) {
        return waitFor(id!!) // the run goes on
    }
    return "the stream did not break"
}

fun main(arguments: Array<String>) {
    val seen: Any? = when (arguments[0]) {
        "run" -> run("headlines").let { "${it.status} ${headline(it.result)}" }
        "poll" -> waitFor(queue("headlines"))
        "list" -> list()
        "batch" -> batch()
        "cancel" -> call<CancelRunResponse>("POST", "/v1/runs/${queue("endless")}/cancel").status
        "session" -> session()
        "pages" -> pages()
        "events" -> mutableListOf<String>().also { types -> events("headlines") { types += it["type"].asString } }.joinToString(" ")
        "broken-stream" -> brokenStream()
        "lost-answer" -> try { queue("headlines") } catch (error: IOException) { "error" }
        "error-400" -> failure {
            val proxy = ProxyConfig(enabled = true, type = ProxyType.custom)
            call<AgentRunAsyncResponse>("POST", "/v1/automation/run-async", request("headlines", proxy))
        }
        "error-401" -> failure { call<RunListResponse>("GET", "/v1/runs") }
        "error-404" -> failure { get("unknown") }
        "unknown-status", "unknown-field" -> get("any").status
        "list-result" -> (run("list").result as List<*>).joinToString(",")
        else -> exitProcess(2)
    }
    println(seen)
}
